// What a door learns of who asks.
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "daemon/http/server.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::http;
using rdpwatch::test::http_get;

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
