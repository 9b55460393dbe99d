"""An app with Flask, as its documentation and Dapr's quickstarts write one."""
import json
import os

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/status")
def status():
    return "", 200


@app.get("/no-content")
def no_content():
    return "", 204


@app.get("/ok")
def ok():
    return "OK"


@app.get("/empty-object")
def empty_object():
    return {}


@app.get("/null")
def null():
    return jsonify(None)


@app.get("/success")
def success():
    return jsonify(success=True)


@app.get("/quickstart")
def quickstart():
    return json.dumps({"success": True}), 200, {"ContentType": "application/json"}


@app.get("/message")
def message():
    return {"msgtype": "text", "text": {"content": "你好"}}


@app.get("/text")
def text():
    return "你好"


app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
