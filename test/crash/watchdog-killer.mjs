// Given to a command by NODE_OPTIONS, so that it reaches the watchdog which the command starts; in every other process it does nothing.
if (/watchdog-main\.(js|ts)$/.test(process.argv[1] ?? '')) await import('./killer.mjs');
