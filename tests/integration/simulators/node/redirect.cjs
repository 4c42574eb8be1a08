// Sends every request of this process to the simulator, whatever host it is for: so that an
// official client runs unchanged, with the addresses that it has built in.
const http = require("node:http");
const https = require("node:https");

const simulator = new URL(process.env.SIMULATOR);

function redirected(first, second, third) {
  const hasUrl = typeof first === "string" || first instanceof URL;
  const url = hasUrl ? new URL(first) : undefined;
  const options = hasUrl ? (typeof second === "object" ? second : {}) : first;
  const done = [second, third].find((one) => typeof one === "function");
  const path = options.path ?? (url ? url.pathname + url.search : "/");
  return http.original({
    method: options.method,
    headers: options.headers,
    timeout: options.timeout,
    path,
    host: simulator.hostname,
    port: simulator.port,
    // Kept for clients that look at the answer's address.
    auth: options.auth,
  }, done);
}

http.original = http.request;
https.request = redirected;
https.get = (...sent) => {
  const request = redirected(...sent);
  request.end();
  return request;
};

// Decides as a person at the consent page would, and returns the address of the callback.
exports.consent = (asked, choices) => new Promise((resolve, reject) => {
  const url = new URL(asked);
  const body = new URLSearchParams([...url.searchParams, ...Object.entries(choices)]);
  const request = http.original({
    method: "POST",
    host: simulator.hostname,
    port: simulator.port,
    path: url.pathname,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  }, (answer) => {
    answer.resume();
    answer.on("end", () => resolve(answer.headers.location));
  });
  request.on("error", reject);
  request.end(body.toString());
});
