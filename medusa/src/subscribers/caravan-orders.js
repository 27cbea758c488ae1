// Tells Caravan which order was placed, paid or cancelled, at once; Caravan then asks the shop what the order is now.
//
// Signed as Standard Webhooks say (https://www.standardwebhooks.com). It never fails or delays what happens in the shop: what could not be
// told is in Medusa's log, and Caravan finds it when it looks by itself.
const { createHmac, randomUUID } = require("node:crypto")

const PATIENCE = 5000

exports.config = {
  event: [
    "order.placed",
    "order.updated",
    "order.completed",
    "order.canceled",
    "payment.captured",
    "payment.refunded",
  ],
}

exports.default = async function tellCaravan({ event, container }) {
  const url = process.env.CARAVAN_ORDERS_URL
  const secret = process.env.CARAVAN_ORDERS_SECRET
  if (!url || !secret) return
  const logger = container.resolve("logger")
  try {
    const order = event.name.startsWith("payment.") ? await orderPaidBy(event.data.id, container) : event.data.id
    if (!order) return
    const body = JSON.stringify({ order })
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...signature(body, secret) },
      body,
      signal: AbortSignal.timeout(PATIENCE),
    })
    if (!answer.ok) logger.warn(`Caravan answered ${answer.status} to ${event.name} of ${order}`)
  } catch (e) {
    logger.warn(`Caravan was not told of ${event.name}: ${e.message}`)
  }
}

async function orderPaidBy(payment, container) {
  const { data } = await container.resolve("query").graph({
    entity: "payment",
    fields: ["payment_collection.order.id"],
    filters: { id: payment },
  })
  return data[0]?.payment_collection?.order?.id
}

// HMAC-SHA256 over "<id>.<timestamp>.<body>", by the bytes behind whsec_.
function signature(body, secret) {
  const id = randomUUID()
  const timestamp = Math.floor(Date.now() / 1000)
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${digest}` }
}
