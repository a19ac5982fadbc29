"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

/** The server's settings: the file's, with PORT of the environment winning. */
exports.loadConfig = (folder) => {
  const config = JSON.parse(readFileSync(join(folder, "server.json"), "utf8"));
  const port = Number(process.env.PORT ?? config.listen.port);
  return { ...config, listen: { ...config.listen, port } };
};
