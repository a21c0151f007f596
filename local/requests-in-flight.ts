import type { ApiObserver, Exchange, ReceivedRequest } from "./http-api.ts";

/** Knows the requests that the API has not answered yet. Passes everything on to another observer. */
export class RequestsInFlight implements ApiObserver {
  readonly #observer: ApiObserver;
  readonly #requests = new Set<ReceivedRequest>();

  constructor(observer: ApiObserver) {
    this.#observer = observer;
  }

  request(request: ReceivedRequest): void {
    this.#requests.add(request);
    this.#observer.request(request);
  }

  exchange(exchange: Exchange): void {
    this.#requests.delete(exchange.request);
    this.#observer.exchange(exchange);
  }

  /** Finds the request with a query and body. Takes turns among equal requests. */
  find(rawQueryString: string, body: Buffer): ReceivedRequest | undefined {
    const found = [...this.#requests].find(
      (request) => request.rawQueryString === rawQueryString && request.body.equals(body),
    );
    if (found) {
      this.#requests.delete(found);
      this.#requests.add(found);
    }
    return found;
  }
}
