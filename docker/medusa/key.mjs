// Makes Caravan's secret key in Medusa once, and puts it where Caravan's container finds it.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"

const file = "/secrets/medusa-key.env"
const url = process.env.MEDUSA_URL

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) }
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`)
  return answer.json()
}

if (!existsSync(file)) {
  const password = readFileSync("/secrets/medusa-admin-password", "utf8")
  const { token } = await post("/auth/user/emailpass", { email: "admin@example.com", password })
  const { api_key: key } = await post("/admin/api-keys", { title: "Caravan", type: "secret" }, token)
  writeFileSync(file + ".new", `export MEDUSA_API_KEY='${key.token}'\n`)
  renameSync(file + ".new", file)
}
console.log("Caravan has a key of Medusa's")
