/** Only replies: shows what Node.js and AWS's runtime client cost. */
export const handler = async () => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}',
});
