// An app with Express, as its documentation and Dapr's quickstarts write one.
import express from "express";

const app = express();
app.get("/status", (_request, response) => response.sendStatus(200));
app.get("/created", (_request, response) => response.sendStatus(201));
app.get("/accepted", (_request, response) => response.sendStatus(202));
app.get("/end", (_request, response) => response.status(200).end());
app.get("/no-content", (_request, response) => response.status(204).end());
app.get("/empty-object", (_request, response) => response.json({}));
app.get("/null", (_request, response) => response.json(null));
app.get("/success", (_request, response) => response.json({ success: true }));
app.get("/message", (_request, response) => {
  response.json({ msgtype: "text", text: { content: "你好" } });
});
app.get("/text", (_request, response) => response.send("你好"));
app.listen(Number(process.env.PORT), "127.0.0.1");
