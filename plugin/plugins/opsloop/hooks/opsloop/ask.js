// Runs the hook that `opsloop agents install` named beside this file, else the one on PATH, and hands back what it says.
import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";

const LIMIT_MS = 5000;

function command() {
  try {
    return JSON.parse(readFileSync(new URL("./command.json", import.meta.url), "utf8"));
  } catch {
    return ["opsloop-hook", "--client", "openclaw"];
  }
}

export function ask(told) {
  return new Promise((resolve) => {
    const [program, ...options] = command();
    const child = spawn(program, options, { cwd: told.cwd, stdio: ["pipe", "pipe", "ignore"], timeout: LIMIT_MS });
    let said = "";
    child.on("error", () => resolve(""));
    child.stdin.on("error", () => {});
    child.stdout.on("data", (piece) => (said += piece));
    child.on("close", () => {
      try {
        resolve(JSON.parse(said).additionalContext ?? "");
      } catch {
        resolve("");
      }
    });
    child.stdin.end(JSON.stringify(told));
  });
}
