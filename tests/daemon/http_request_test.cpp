// What a door learns of who asks.
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "daemon/http/server.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::http;
using rdpwatch::test::http_get;
using rdpwatch::test::HttpClient;

TEST_CASE("server: a door learns the address of its client, of IPv4 in its own form") {
  for (const char* address : {"127.0.0.1:0", ":0"}) {
    CAPTURE(address);
    asio::io_context io{1};
    HttpServer server{io, [](const Request& request, const Reply& reply) {
                        reply(text_response(200, "peer=" + request.peer + " user=" + request.user));
                      }};
    REQUIRE(server.start({address}));
    const std::string listening = server.addresses().at(0);
    const int port = std::stoi(listening.substr(listening.rfind(':') + 1));
    std::thread loop{[&io] { io.run(); }};
    CHECK(http_get(static_cast<std::uint16_t>(port), "/").body == "peer=127.0.0.1 user=\n");
    asio::post(io, [&server] { server.stop(); });
    loop.join();
  }
}

TEST_CASE("server: a door sees the body of a request, where it comes from and who sent it") {
  asio::io_context io;
  HttpServer server{
      io, [](const Request& request, const Reply& reply) {
        reply(text_response(200, request.host + " " + request.origin + " " + request.sec_fetch_site + " " +
                                     request.content_type + " " + request.peer + " " + request.body));
      }};
  REQUIRE(server.start({"127.0.0.1:0"}));
  const std::string address = server.addresses().at(0);
  std::thread loop{[&] { io.run(); }};
  HttpClient client{static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))};
  client.send(
      "POST / HTTP/1.1\r\nHost: h:1\r\nOrigin: http://h:1\r\nSec-Fetch-Site: same-origin\r\n"
      "Content-Type: a/b\r\nContent-Length: 7\r\nConnection: close\r\n\r\nx=1&y=2");
  CHECK(client.read_answer().body == "h:1 http://h:1 same-origin a/b 127.0.0.1 x=1&y=2\n");
  asio::post(io, [&] { server.stop(); });
  loop.join();
}
