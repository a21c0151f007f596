/** The callback after a one-to-one message was marked as read (https://www.tencentcloud.com/document/product/1047/43465). */
export const READ_REPORT_COMMAND = "C2C.CallbackAfterMsgReport";
