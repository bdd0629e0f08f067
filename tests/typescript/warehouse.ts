// Orders from the warehouse by a client whose types are made from the hub's OpenAPI document.
// Prints what it got as JSON.
import { randomUUID } from "node:crypto";

import createClient from "openapi-fetch";

import type { paths } from "./hub.js";

const hub = createClient<paths>({
  baseUrl: process.env["HUB_URL"] ?? "http://127.0.0.1:8000",
  headers: { authorization: `Bearer ${process.env["HUB_TOKEN"] ?? ""}` },
});

const hello = await hub.GET("/api/greeter/say-hello", { params: { query: { name: "TypeScript" } } });
const before = await hub.GET("/api/warehouse/inventory/items/{sku}", { params: { path: { sku: "A1" } } });
const order = randomUUID();
const put = () =>
  hub.PUT("/api/warehouse/inventory/orders/{order}", {
    params: { path: { order } },
    body: { sku: "A1", amount: 2 },
  });
const first = await put();
const again = await put();
const after = await hub.GET("/api/warehouse/inventory/items/{sku}", { params: { path: { sku: "A1" } } });
const missing = await hub.GET("/api/warehouse/inventory/items/{sku}", { params: { path: { sku: "Z9" } } });

console.log(
  JSON.stringify({
    hello: hello.data,
    taken: (before.data?.left ?? 0) - (after.data?.left ?? 0),
    receipt: first.data,
    same: JSON.stringify(first.data) === JSON.stringify(again.data),
    missing: { status: missing.response.status, code: missing.error?.code },
  }),
);
