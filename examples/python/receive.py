"""Receives events of the binding. Usage: APP_PORT=6000 python receive.py"""

import os

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/alerts")
def event():
    print("received", request.get_data(as_text=True), flush=True)
    return Response('"taken"', mimetype="application/json")


app.run(host="127.0.0.1", port=int(os.environ["APP_PORT"]))
