// Replaces the native part of AWS's runtime client, which would have to be compiled: makes the same calls to the Runtime API
// over node:http, which the client loads anyway. Loaded with --require; plain JavaScript, because otherwise Node.js would
// load its TypeScript parser into the measured process.
const { Agent, request } = require("node:http");
const Module = require("node:module");

const agent = new Agent({ keepAlive: true });
const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");

function call(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { hostname, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers };
    const pending = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.once("end", () => resolve({ bodyJson: text, headers: response.headers }));
    });
    pending.once("error", reject).end(body);
  });
}

// Each call carries the CPU time of the whole process so far, in microseconds.
const cpuTime = () => {
  const { user, system } = process.cpuUsage();
  return { "bench-cpu": user + system };
};

const client = {
  initializeClient() {},
  next: () => call("GET", "invocation/next", cpuTime()),
  done(id, body) {
    const headers = { ...cpuTime(), "content-type": "application/json" };
    call("POST", `invocation/${id}/response`, headers, body).catch(fail);
  },
  error(id, body) {
    call("POST", `invocation/${id}/error`, { "content-type": "application/json" }, body).catch(fail);
  },
};

function fail(error) {
  console.error(error);
  process.exit(1);
}

const load = Module._load;
Module._load = function loadModule(name, ...rest) {
  return name === "./rapid-client.node" ? client : load.call(this, name, ...rest);
};
