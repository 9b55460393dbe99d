import { samples } from "./samples.ts";
import { text } from "./send.ts";

const { messageUrl, ...chineseLink } = samples.link.link;

/** What is said in the conversation, and the words by which the page is found. */
interface Scene {
  readonly locale: string;
  readonly groupName: string;
  readonly build: object;
  readonly recovered: object;
  readonly release: object;
  readonly misspelled: object;
  readonly placeholder: string;
  readonly question: string;
  readonly answer: object;
  /** Words of the last line of the answer. */
  readonly lastLine: string;
}

const chinese: Scene = {
  locale: "zh-CN",
  groupName: "支付值班群",
  build: text("Build 482 通过，用时 3 分 12 秒"),
  recovered: samples.text,
  release: samples["action-card-row"],
  misspelled: { msgtype: "link", link: { ...chineseLink, messageURL: messageUrl } },
  placeholder: "对机器人说点什么…",
  question: "今天还有哪些告警？",
  answer: {
    msgtype: "markdown",
    markdown: {
      title: "今日告警",
      text: "**支付网关** 今天有 2 条：\n\n- 09:12 p99 延迟 840 ms\n- 09:24 磁盘使用率 91%",
    },
  },
  lastLine: "磁盘使用率",
};

const english: Scene = {
  locale: "en-US",
  groupName: "Payments on call",
  build: text("Build 482 passed in 3 min 12 s"),
  recovered: {
    msgtype: "text",
    text: { content: "Payments are back after 3 minutes. @13800000000 please write it up." },
    at: { atMobiles: ["13800000000"] },
  },
  release: {
    msgtype: "actionCard",
    actionCard: {
      title: "Release v2.4",
      text: "![Release](https://img.example.com/rocket.png)\n\n### v2.4 is ready for production\n12 commits, all tests pass.",
      btnOrientation: "1",
      btns: [
        { title: "Approve", actionURL: "https://ci.example.com/approve" },
        { title: "Reject", actionURL: "https://ci.example.com/reject" },
      ],
    },
  },
  misspelled: {
    msgtype: "link",
    link: {
      title: "A day in the sandbox",
      text: "Why a message is worth a look here first: a field misspelled, a line break lost, nobody notified.",
      picUrl: "https://img.example.com/day.png",
      messageURL: "https://blog.example.com/a-day-in-the-sandbox",
    },
  },
  placeholder: "Say something to the robot…",
  question: "Which alerts are left today?",
  answer: {
    msgtype: "markdown",
    markdown: {
      title: "Alerts of today",
      text: "**Payment gateway**, 2 today:\n\n- 09:12 p99 latency 840 ms\n- 09:24 disk usage 91%",
    },
  },
  lastLine: "disk usage",
};

/** A conversation with a robot in each language of the page. The READMEs show it. */
export const scenes = { english, chinese };
