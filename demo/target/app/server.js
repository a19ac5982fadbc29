// A small order service. It is real enough to be audited: it reads its configuration, listens, and answers.
"use strict";
const { createServer } = require("node:http");
const { loadConfig } = require("./lib/config.js");

const config = loadConfig("/app/config");

const server = createServer((request, response) => {
  const known = { "/healthz": { status: "ok" }, "/orders": { orders: [] } }[request.url];
  response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(known ?? { error: "not found" }));
});

server.listen(config.listen.port, config.listen.host, () => {
  console.log(`orders listens on ${config.listen.host}:${config.listen.port}`);
});

process.on("SIGTERM", () => server.close(() => process.exit(0)));
