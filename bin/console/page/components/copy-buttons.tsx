import type { CopiedCallback, Copies, Sample } from "../../protocol.ts";
import { post } from "../api.ts";
import { CopyButton } from "./copy-button.tsx";

/** A callback, or the form that describes one. */
type Copied = Omit<CopiedCallback, "sample"> & { readonly sample?: Sample | undefined };

/** Copies a callback in any form; as a test fixture only if its body is JSON. */
export function CopyButtons({ callback, isJson }: { readonly callback: Copied; readonly isJson: boolean }) {
  const { command, body, signing = "correct", sample } = callback;
  const button = (form: keyof Copies, label: string) => (
    <CopyButton
      label={label}
      text={async () => (await post("/api/copies", { command, body, signing, ...(sample && { sample }) }))[form] ?? ""}
    />
  );
  return (
    <>
      {button("curl", "curl")}
      {button("send", "npm run send")}
      {isJson && button("fixture", "Test fixture")}
    </>
  );
}
