// Loaded before every test file. An unhandled rejection is a bug of ours: fail loudly instead of printing a warning.
process.on('unhandledRejection', (reason) => {
  throw reason
})
