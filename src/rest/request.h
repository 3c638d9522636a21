// rest/request.h
//
// A Request is what a route sees of an exchange: path and query parameters by type, the body, and
// the ways to answer. It remembers which parameters were asked for, so that CheckUnconsumed() can
// refuse the others as OpenSearch does.
//
// Lifetime: shared; the router makes it, a route keeps it until it has answered. Threads:
// parameters are read by one thread at a time; answering is allowed from any.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/writer.h"
#include "base/result.h"
#include "base/status.h"
#include "base/text/units.h"
#include "rest/http/exchange.h"
#include "rest/media_type.h"
#include "tasks/task_registry.h"

namespace rest {

// What the common parameters pretty, human, error_trace, filter_path and format, and the headers
// Accept and Content-Type say about the answer.
struct ResponseFormat {
  MediaType type = MediaType::kJson;
  bool pretty = false;
  bool human = false;
  bool error_trace = false;
  bool explicit_type = false;  // asked for; `_cat` prints text without
  std::string filter_path;
};

// A writer of that format, filters and all, which collects into a string.
class AnswerWriter {
 public:
  explicit AnswerWriter(const ResponseFormat& format);
  ~AnswerWriter();
  AnswerWriter(const AnswerWriter&) = delete;
  AnswerWriter& operator=(const AnswerWriter&) = delete;

  base::json::Writer& out();
  // About so much will be written: it need not be copied while it grows.
  void Expect(std::size_t bytes);
  // What has been written since the last Take(): a long answer is sent in pieces.
  std::string Take();
  // The rest, once the outermost value has been closed.
  std::string Finish();

 private:
  struct Stack;
  const std::unique_ptr<Stack> stack_;
};

// Whether the parameter `source` may stand for a body: for reads, from clients that cannot send one
// with GET. A write must not be made by a URL alone, which any page can have a browser load.
enum class TakesSource : bool { kNo, kYes };

class Request {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  using Write = std::function<void(base::json::Writer& out)>;
  using TryWrite = std::function<base::Status(base::json::Writer& out)>;

  // `path_parameters` win over query parameters of the same name.
  // Large answers are reserved on `memory`; null: they may take what they want.
  Request(http::ExchangePtr exchange, Parameters path_parameters,
          tasks::MemoryAccount* memory = nullptr);

  const http::RequestHead& head() const { return exchange_->head(); }
  const std::string& method() const { return head().method; }
  const std::string& path() const { return head().target.path; }
  // Of the route: "/{index}/_doc/{id}". Empty if none was found.
  std::string_view pattern() const { return pattern_; }
  // Null if absent.
  const std::string* Header(std::string_view name) const { return head().headers.Find(name); }
  const http::ExchangePtr& exchange() const { return exchange_; }

  // Parameters. Each call counts its name as known to this route, whether it is there or not.
  bool Has(std::string_view name);
  // Null if absent.
  const std::string* Find(std::string_view name);
  // The same, but does not count the name as known.
  const std::string* Peek(std::string_view name) const;
  std::string String(std::string_view name, std::string_view otherwise = "");
  // Absent or blank: `otherwise`; empty: true.
  base::Result<bool> Bool(std::string_view name, bool otherwise = false);
  base::Result<std::int32_t> Int(std::string_view name, std::int32_t otherwise);
  base::Result<std::int64_t> Long(std::string_view name, std::int64_t otherwise);
  base::Result<float> Float(std::string_view name, float otherwise);
  base::Result<base::TimeValue> Time(std::string_view name, base::TimeValue otherwise);
  // Split at commas, not trimmed, trailing empty items dropped; absent or empty: no items.
  std::vector<std::string> List(std::string_view name);

  // 400 "request [/_tasks] contains unrecognized parameter: [foo] -> did you mean [actions]?" if a
  // parameter was sent that nobody has asked for. To be called after all have been read and before
  // any work.
  base::Status CheckUnconsumed() const;
  // The same sentence for other things a path may name: "metric".
  base::Status Unrecognized(std::vector<std::string> invalid, std::span<const std::string> known,
                            std::string_view what) const;
  // Counts these as known though they are read by whoever writes the answer.
  void AlsoKnows(std::initializer_list<std::string_view> names);

  // The body, if the route awaits one; of a read perhaps the parameter `source` in its stead.
  const std::string& body() const { return body_; }
  std::string TakeBody() { return std::move(body_); }
  // Gives its memory back before the request is answered.
  void DropBody();
  // Of TakeTask(), before it is taken.
  const tasks::TaskPtr& task() const { return task_.context(); }
  // Whose stop ends a route that takes long before it has a task of its own; null: it takes not.
  void set_route_task(tasks::TaskPtr task) { route_task_ = std::move(task); }
  const tasks::TaskContext* route_task() const { return route_task_.get(); }
  // The task that the request has been while its body arrived, if the route awaits one. Who takes
  // it ends it; if nobody does, it ends with the answer of a route that has failed.
  tasks::RunningTask TakeTask() { return std::move(task_); }
  // Nothing if there is no body.
  std::optional<MediaType> body_type() const { return body_type_; }

  const ResponseFormat& format() const { return format_; }
  void set_pretty() { format_.pretty = true; }
  // The answer is whole whatever `filter_path` asks for.
  void IgnoreFilterPath() { format_.filter_path.clear(); }

  // Answers. Only the first counts. Headers must have been added before.
  void AddHeader(std::string name, std::string value);
  // Of all that have been added.
  std::size_t HeaderBytes() const;
  void Respond(int status, const Write& write);
  // Makes an answer that is sent later, by SendComposed(): one that takes long, say, under the
  // request's task, whose stop `write` looks for. What that fails with leaves none.
  base::Status Compose(int status, const TryWrite& write);
  void ComposeFailure(const base::Status& status);
  void SendComposed() { Send(std::move(composed_)); }
  void RespondText(int status, std::string text);
  // Before an answer of about that size is made; 429 if there is no room for it.
  base::Status ReserveAnswer(std::size_t bytes);
  // The answer is not refused for lack of memory: it tells of work that runs or has been done.
  void MustAnswer() { must_answer_ = true; }
  // As an error body; an empty one for a request body that is too long.
  void Fail(const base::Status& status);
  // Fail(), and the end of a task that nobody has taken.
  void FailBeforeWork(const base::Status& status);
  // {"error":text,"status":status}
  void FailShort(int status, std::string_view text);
  // Status, content type and headers of an answer that a route writes itself or streams.
  http::Response Head(int status) const;

 private:
  friend class Router;
  friend class Arrival;

  // The router's steps before a route is called.
  base::Status ReadFormat();
  base::Status AcceptBody(std::string body, TakesSource takes_source);
  void GiveTask(tasks::RunningTask task) { task_ = std::move(task); }
  void Consume(std::string_view name);
  bool WasConsumed(std::string_view name) const;
  void HoldBodyMemory(std::shared_ptr<tasks::Reservation> memory) {
    body_memory_ = std::move(memory);
  }
  void Send(http::Response response);

  const http::ExchangePtr exchange_;
  std::string_view pattern_;                     // the router's
  tasks::MemoryAccount* const memory_;           // may be null
  Parameters parameters_;                        // those of the path first; then constant
  std::size_t path_parameters_ = 0;              // how many those are
  std::string consumed_ = std::string(1, '\0');  // names asked for, each with a 0 behind it
  ResponseFormat format_;                        // constant while the route runs, as is the rest
  std::string body_;
  std::shared_ptr<tasks::Reservation> body_memory_;    // null: there is none
  std::shared_ptr<tasks::Reservation> answer_memory_;  // null: nothing is reserved
  http::Response composed_;
  bool must_answer_ = false;
  std::optional<MediaType> body_type_;
  tasks::RunningTask task_;
  tasks::TaskPtr route_task_;
  http::Headers extra_headers_;
};

using RequestPtr = std::shared_ptr<Request>;

}  // namespace rest
