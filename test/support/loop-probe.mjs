// Loaded into the server's process by --import: when asked, tells the longest stretch for which its event loop was
// blocked, as CPU time of the process, which does not grow while other processes hold the core.
const INTERVAL_MS = 2;

let longestMs = 0;
let last = process.cpuUsage();
let timer;

function look() {
  const { user, system } = process.cpuUsage(last);
  last = process.cpuUsage();
  longestMs = Math.max(longestMs, (user + system) / 1000);
}

const answers = {
  start() {
    look();
    longestMs = 0;
    timer = setInterval(look, INTERVAL_MS);
    return null;
  },
  stop() {
    clearInterval(timer);
    look();
    return longestMs;
  },
};

process.on('message', (question) => process.send(answers[question]()));
