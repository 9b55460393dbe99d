"""Sends to a DingTalk group through Dapr. Usage: python send.py (with DAPR_GRPC_PORT set)"""

import json
import re

from dapr.clients import DaprClient
from grpc import RpcError

card = {"title": "v2.4 is ready", "text": "### v2.4 is ready", "singleTitle": "Open",
        "singleURL": "https://example.com/deploys/42"}

with DaprClient() as dapr:
    # `data` is text or bytes. The SDK sends them as they are.
    sent = dapr.invoke_binding("alerts", "create", "disk 93 % full on db-1")
    print("sent", json.loads(sent.data)["errmsg"])

    message = json.dumps({"msgtype": "actionCard", "actionCard": card})
    dapr.invoke_binding("alerts", "create", message, {"atMobiles": "13800000000"})

    try:
        dapr.invoke_binding("alerts", "create", json.dumps({"msgtype": "text", "txt": {}}))
    except RpcError as error:
        print("reason", re.search(r"reason=([a-z-]+)", error.details())[1])
