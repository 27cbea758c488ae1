const { readFileSync } = require("node:fs")
const config = require("./medusa-config.compose.js")

const { DATABASE_HOST, DATABASE_USER, DATABASE_PASSWORD } = process.env

// RDS makes passwords with characters that mean something in an address, takes TLS only, and has an authority of its own.
config.projectConfig.databaseUrl = `postgres://${DATABASE_USER}:${encodeURIComponent(DATABASE_PASSWORD)}@${DATABASE_HOST}:5432/medusa`
config.projectConfig.databaseDriverOptions = { connection: { ssl: { ca: readFileSync("/rds.pem", "utf8") } } }

module.exports = config
