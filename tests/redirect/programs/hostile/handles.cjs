// Node's own handles, beneath net and dgram; and a datagram.
const { TCP, TCPConnectWrap, constants } = process.binding('tcp_wrap');

const [address] = process.argv.slice(2);
const request = new TCPConnectWrap();
request.oncomplete = () => {};
new TCP(constants.SOCKET).connect(request, address, 443);
const socket = require('dgram').createSocket('udp4').on('error', () => {});
socket.send('quic', 53, address, () => socket.close());
