const release = `![发布](https://img.example.com/rocket.png)

### v2.4 准备发布到生产
共 12 个提交，测试全部通过。`;

/** Messages of each type that robots take, one for each way in which they are drawn. */
export const samples = {
  text: {
    msgtype: "text",
    text: { content: "支付服务已恢复，本次影响 3 分钟。@13800000000 请补一份复盘。" },
    at: { atMobiles: ["13800000000"] },
  },
  markdown: {
    msgtype: "markdown",
    markdown: {
      title: "杭州天气",
      text: `#### 杭州天气 @13800000000

> 9 度，西北风 1 级，空气良 89，相对湿度 73%

![西湖](https://img.example.com/west-lake.png)

**明日** *有雨*，记得带伞：

- 上午多云
- 下午小雨

1. 关窗
2. 收衣服

10 点 20 分发布 · [天气预报](https://www.example.com/weather)`,
    },
    at: { atMobiles: ["13800000000"] },
  },
  link: {
    msgtype: "link",
    link: {
      title: "沙箱里的一天",
      text: "为什么群消息值得先在沙箱里看一眼：错一个字段，少一个换行，或者没有提醒到任何人。",
      picUrl: "https://img.example.com/day.png",
      messageUrl: "https://blog.example.com/a-day-in-the-sandbox",
    },
  },
  "action-card-single": {
    msgtype: "actionCard",
    actionCard: {
      title: "周报已生成",
      text: "### 周报已生成\n本周合并 31 个请求，关闭 18 个问题。",
      singleTitle: "阅读全文",
      singleURL: "https://ci.example.com/weekly",
    },
  },
  "action-card-row": {
    msgtype: "actionCard",
    actionCard: {
      title: "发布 v2.4",
      text: release,
      btnOrientation: "1",
      btns: [
        { title: "批准", actionURL: "https://ci.example.com/approve" },
        { title: "拒绝", actionURL: "https://ci.example.com/reject" },
      ],
    },
  },
  "action-card-column": {
    msgtype: "actionCard",
    actionCard: {
      title: "今晚谁值班",
      text: "### 今晚谁值班？\n选一位，其他人可以安心下班。",
      btnOrientation: "0",
      btns: [
        { title: "小红", actionURL: "https://duty.example.com/1" },
        { title: "小明", actionURL: "https://duty.example.com/2" },
        { title: "我来", actionURL: "https://duty.example.com/3" },
      ],
    },
  },
  "feed-card": {
    msgtype: "feedCard",
    feedCard: {
      links: [
        {
          title: "从一条告警开始：工程师的一天",
          messageURL: "https://blog.example.com/1",
          picURL: "https://img.example.com/1.png",
        },
        {
          title: "三个让群消息更好读的小习惯",
          messageURL: "https://blog.example.com/2",
          picURL: "https://img.example.com/2.png",
        },
        {
          title: "签名不匹配？六种原因，一眼看出",
          messageURL: "https://blog.example.com/3",
          picURL: "https://img.example.com/3.png",
        },
      ],
    },
  },
} as const;

/** The names of the samples. The pictures in the documents have the same names. */
export type SampleName = keyof typeof samples;
