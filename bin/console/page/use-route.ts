import { useEffect, useState } from "preact/hooks";
import { parseRoute, type Route } from "./route.ts";

/** Follows the URL. A detail opens over the tab that was shown. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => {
      const next = parseRoute(location.hash);
      setRoute((previous) => (next.callback === undefined ? next : { ...previous, callback: next.callback }));
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
