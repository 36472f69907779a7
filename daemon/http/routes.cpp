#include "daemon/http/routes.h"

#include <set>

#include "daemon/http/url.h"

namespace rdpwatch::daemon::http {

void Routes::add(Kind kind, std::string_view path, Door door) {
  const std::size_t star = path.find('*');
  Route route{.kind = kind, .before = std::string{path.substr(0, star)}, .door = std::move(door)};
  if (star != std::string_view::npos) {
    route.star = true;
    route.after = path.substr(star + 1);
  }
  routes_.push_back(std::move(route));
}

void Routes::answer(const Request& request, const Reply& reply) const {
  std::set<std::string_view> allowed;
  for (const Route& route : routes_) {
    std::string_view rest = request.path;
    if (!rest.starts_with(route.before)) continue;
    rest.remove_prefix(route.before.size());
    if (!rest.ends_with(route.after)) continue;
    rest.remove_suffix(route.after.size());
    const bool fits = route.star ? !rest.empty() && rest.find('/') == std::string_view::npos : rest.empty();
    const auto id = percent_decode(rest);
    if (!fits || !id) continue;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (route.kind == Kind::Get ? reads : request.method == "POST") return enter(route, request, *id, reply);
    allowed.insert(route.kind == Kind::Get ? "GET, HEAD" : "POST");
  }
  if (allowed.empty()) return reply(text_response(404, "nothing is served here"));
  Response response = text_response(405, "this method is not allowed here");
  std::string methods;
  for (const std::string_view method : allowed) methods.append(methods.empty() ? "" : ", ").append(method);
  response.headers.emplace_back("Allow", std::move(methods));
  reply(std::move(response));
}

void Routes::enter(const Route& route, const Request& request, std::string id, const Reply& reply) const {
  Visit visit{.request = request, .id = std::move(id), .reply = reply};
  if (route.kind != Kind::Get) {
    if (auto refusal = gate_(request)) return reply(std::move(*refusal));
  }
  if (route.kind == Kind::PostForm) {
    auto form = read_form_(request);
    if (!form) return reply(std::move(form.error()));
    visit.form = std::move(*form);
  }
  route.door(visit);
}

}  // namespace rdpwatch::daemon::http
