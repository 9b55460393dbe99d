"""A robot's program with DingTalk's SDK for Python. It repeats what it hears."""

import os

import dingtalk_stream
from dingtalk_stream import AckMessage


class Repeater(dingtalk_stream.ChatbotHandler):
    async def process(self, callback):
        message = dingtalk_stream.ChatbotMessage.from_dict(callback.data)
        self.reply_text("heard:" + message.text.content, message)
        return AckMessage.STATUS_OK, "OK"


credential = dingtalk_stream.Credential(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
client = dingtalk_stream.DingTalkStreamClient(credential)
client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Repeater())
client.start_forever()
