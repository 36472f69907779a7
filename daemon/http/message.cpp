#include "daemon/http/message.h"

#include <algorithm>

namespace rdpwatch::daemon::http {
namespace {

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

void set_headers(Response& response, const Headers& headers) {
  for (const auto& header : headers) {
    std::erase_if(response.headers, [&](const auto& ours) {
      return std::ranges::equal(ours.first, header.first, {}, lower, lower);
    });
    response.headers.push_back(header);
  }
}

Response text_response(int status, std::string sentence) {
  Response response;
  response.status = status;
  response.body = std::move(sentence);
  response.body += "\n";
  return response;
}

std::string status_line(int status) {
  const auto words = [status] {
    switch (status) {
      case 200: return " OK";
      case 201: return " Created";
      case 303: return " See Other";
      case 400: return " Bad Request";
      case 401: return " Unauthorized";
      case 403: return " Forbidden";
      case 404: return " Not Found";
      case 405: return " Method Not Allowed";
      case 408: return " Request Timeout";
      case 409: return " Conflict";
      case 413: return " Content Too Large";
      case 415: return " Unsupported Media Type";
      case 429: return " Too Many Requests";
      case 431: return " Request Header Fields Too Large";
      case 500: return " Internal Server Error";
      case 503: return " Service Unavailable";
      case 504: return " Gateway Timeout";
      default: return "";
    }
  };
  return std::to_string(status) + words();
}

}  // namespace rdpwatch::daemon::http
