#include "daemon/http/routes.h"

#include <doctest/doctest.h>

#include "daemon/http/same_site.h"

using namespace rdpwatch::daemon::http;

namespace {

const FormTokens kTokens{"a key"};

/// Doors that say who they are.
Routes sample_routes() {
  Routes routes{[](const Request& request) -> std::optional<Response> {
                  if (const auto why = foreign_origin(request, "http://RDS.example:80/watch"))
                    return text_response(403, *why);
                  return std::nullopt;
                },
                [](const Request& request) { return kTokens.read(request); }};
  const auto says = [](std::string name) {
    return [name](const Visit& visit) {
      std::string fields;
      for (const auto& [key, value] : visit.form) fields += " " + key + "=" + value;
      visit.reply(text_response(200, name + " " + visit.id + fields));
    };
  };
  routes.get("/", says("root"));
  routes.get("/targets/*", says("target"));
  routes.post_form("/targets/*/probe", says("probe"));
  routes.get("/both", says("read"));
  routes.post("/both", says("write"));
  return routes;
}

Response ask(const Request& request) {
  Response answer{.status = 0};
  sample_routes().answer(request, [&](Response response) { answer = std::move(response); });
  return answer;
}

Request request_of(std::string method, std::string path) {
  return {.method = std::move(method), .path = std::move(path), .host = "10.0.0.1:19389"};
}

Request form_post(std::string body, std::string_view user = {}) {
  Request request = request_of("POST", "/targets/a/probe");
  request.content_type = "application/x-www-form-urlencoded; charset=utf-8";
  request.body = std::move(body);
  request.user = user;
  return request;
}

std::string with_token(std::string_view user) { return "form_token=" + kTokens.token(user); }

}  // namespace

TEST_CASE("routes: a star is one segment, decoded, and never empty") {
  CHECK(ask(request_of("GET", "/")).body == "root \n");
  CHECK(ask(request_of("HEAD", "/targets/a%2Fb%3A1")).body == "target a/b:1\n");
  CHECK(ask(request_of("GET", "/both")).body == "read \n");
  CHECK(ask(request_of("POST", "/both")).body == "write \n");
  for (const char* path : {"", "/nothing", "/targets/", "/targets/a/b", "/targets/%zz", "/targets//probe"}) {
    CAPTURE(path);
    CHECK(ask(request_of("GET", path)).status == 404);
  }
}

TEST_CASE("routes: a method that does not fit hears which one does") {
  const auto allow = [](const Response& response) {
    CHECK(response.status == 405);
    return response.headers.at(0).second;
  };
  CHECK(allow(ask(request_of("POST", "/targets/a"))) == "GET, HEAD");
  CHECK(allow(ask(request_of("GET", "/targets/a/probe"))) == "POST");
  CHECK(allow(ask(request_of("DELETE", "/both"))) == "GET, HEAD, POST");
}

TEST_CASE("same site: programs pass, pages of other sites and borrowed names do not") {
  struct Sample {
    const char* host;
    const char* origin;
    const char* fetch_site;
    int status;
  };
  for (const Sample& sample : {
           Sample{"10.0.0.1:19389", "", "", 200},
           Sample{"rds.example:80", "", "", 200},
           Sample{"10.0.0.1:19389", "http://10.0.0.1:19389", "same-origin", 200},
           Sample{"10.0.0.1:19389", "http://10.0.0.1:19389", "", 200},
           Sample{"[::1]:19389", "http://[::1]:19389", "same-origin", 200},
           Sample{"localhost:19389", "http://localhost:19389", "same-origin", 200},
           Sample{"127.0.0.1:19389", "http://rds.example:80", "same-origin",
                  200},                                                      // a proxy that changes Host
           Sample{"rds.example", "http://rds.example", "same-origin", 200},  // the port of the scheme
           Sample{"rds.example:8080", "http://rds.example:8080", "same-origin", 403},
           Sample{"rds.example", "https://rds.example", "same-origin", 403},
           Sample{"10.0.0.1:19389", "http://evil.example", "cross-site", 403},
           Sample{"10.0.0.1:19389", "http://10.0.0.1:19389", "same-site", 403},
           Sample{"10.0.0.1:19389", "", "cross-site", 403},
           Sample{"10.0.0.1:19389", "http://evil.example", "", 403},
           Sample{"10.0.0.1:19389", "null", "", 403},
           Sample{"10.0.0.1:19389", "http://10.0.0.1:80", "", 403},
           Sample{"10.0.0.1:19389", "http://rds.example:80.evil.example", "", 403},
           Sample{"evil.example:19389", "http://evil.example:19389", "same-origin",
                  403},  // led to our address
           Sample{"", "http://", "", 403},
       }) {
    CAPTURE(sample.host);
    CAPTURE(sample.origin);
    CAPTURE(sample.fetch_site);
    Request request = request_of("POST", "/both");
    request.host = sample.host;
    request.origin = sample.origin;
    request.sec_fetch_site = sample.fetch_site;
    CHECK(ask(request).status == sample.status);
    request.method = "GET";
    CHECK(ask(request).status == 200);
  }
}

TEST_CASE("form tokens: a form without the token of its user is not obeyed") {
  CHECK(ask(form_post(with_token("") + "&module=deep&note=a+b")).body == "probe a module=deep note=a b\n");
  CHECK(ask(form_post(with_token("anna"), "anna")).status == 200);
  CHECK(ask(form_post(with_token("anna"), "otto")).status == 403);
  CHECK(ask(form_post(with_token("anna"))).status == 403);
  CHECK(ask(form_post("")).status == 403);
  CHECK(ask(form_post("form_token=")).status == 403);
  CHECK(ask(form_post("form_token=" + FormTokens{}.token(""))).status == 403);  // of another daemon
  CHECK(ask(form_post("a=%")).status == 400);
  Request plain = form_post(with_token(""));
  plain.content_type = "text/plain";
  CHECK(ask(plain).status == 415);
  CHECK(FormTokens{}.token("anna") != FormTokens{}.token("anna"));
}
