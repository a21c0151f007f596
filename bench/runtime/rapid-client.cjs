// Stands in for the native part of AWS's runtime client, which would have to be compiled: the same calls of the Runtime
// API over node:http, which the client loads anyway. Loaded by --require; plain JavaScript, as Node.js would otherwise
// load its TypeScript parser into the process that is measured.
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

// Microseconds of processor time go along with each call: that of the whole process so far.
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return { "bench-cpu": user + system };
};

const client = {
  initializeClient() {},
  next: () => call("GET", "invocation/next", processorTime()),
  done(id, body) {
    const headers = { ...processorTime(), "content-type": "application/json" };
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
