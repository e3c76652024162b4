// Tells the other tabs that they may go on.

if ("BroadcastChannel" in window) new BroadcastChannel("certportal").postMessage("signed-in");
