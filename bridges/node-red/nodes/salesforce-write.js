module.exports = require('../build/node-red/src/write-node').register;
