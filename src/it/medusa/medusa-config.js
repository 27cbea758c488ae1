const { defineConfig } = require("@medusajs/framework/utils")

// Everything else as Medusa has it by default: cache, events, workflows and locks in memory, files on the disk; no Redis, no admin pages.
module.exports = defineConfig({
  admin: { disable: true },
  // Both are needed: the flag opens the routes, the module is what is behind them.
  featureFlags: { translation: true },
  modules: [{ resolve: "@medusajs/medusa/translation" }],
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      storeCors: "http://localhost",
      adminCors: "http://localhost",
      authCors: "http://localhost",
      jwtSecret: process.env.JWT_SECRET,
      cookieSecret: process.env.COOKIE_SECRET,
    },
  },
})
