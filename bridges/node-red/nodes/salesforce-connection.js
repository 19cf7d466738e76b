module.exports = require('../build/node-red/src/connection-node').register;
