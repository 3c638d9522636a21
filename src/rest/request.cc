#include "rest/request.h"

#include <algorithm>
#include <set>

#include "base/json/cbor_writer.h"
#include "base/json/compact_writer.h"
#include "base/json/error_json.h"
#include "base/json/filter_writer.h"
#include "base/json/pretty_writer.h"
#include "base/json/smile_writer.h"
#include "base/json/yaml_writer.h"
#include "base/text/strings.h"

namespace rest {

namespace {

std::unique_ptr<base::json::Writer> MakeWriter(const ResponseFormat& format, std::string& out) {
  if (format.type == MediaType::kYaml) return std::make_unique<base::json::YamlWriter>(out);
  if (format.type == MediaType::kCbor) return std::make_unique<base::json::CborWriter>(out);
  if (format.type == MediaType::kSmile) return std::make_unique<base::json::SmileWriter>(out);
  if (format.pretty) return std::make_unique<base::json::PrettyWriter>(out);
  return std::make_unique<base::json::CompactWriter>(out);
}

}  // namespace

struct AnswerWriter::Stack {
  explicit Stack(const ResponseFormat& format) : writer(MakeWriter(format, text)) {
    if (!format.filter_path.empty()) {
      filter = std::make_unique<base::json::FilterWriter>(*writer, format.filter_path);
    }
  }

  std::string text;
  const std::unique_ptr<base::json::Writer> writer;
  std::unique_ptr<base::json::FilterWriter> filter;
};

AnswerWriter::AnswerWriter(const ResponseFormat& format)
    : stack_(std::make_unique<Stack>(format)) {}
AnswerWriter::~AnswerWriter() = default;

base::json::Writer& AnswerWriter::out() {
  return stack_->filter ? static_cast<base::json::Writer&>(*stack_->filter) : *stack_->writer;
}

void AnswerWriter::Expect(std::size_t bytes) { stack_->text.reserve(bytes); }
std::string AnswerWriter::Take() { return std::exchange(stack_->text, {}); }
std::string AnswerWriter::Finish() { return Take(); }

Request::Request(http::ExchangePtr exchange, Parameters path_parameters,
                 tasks::MemoryAccount* memory)
    : exchange_(std::move(exchange)), memory_(memory), parameters_(std::move(path_parameters)) {
  path_parameters_ = parameters_.size();
  for (const auto& parameter : head().target.parameters) {
    const auto end = parameters_.begin() + static_cast<std::ptrdiff_t>(path_parameters_);
    if (std::none_of(parameters_.begin(), end,
                     [&](const auto& in_path) { return in_path.first == parameter.first; })) {
      parameters_.push_back(parameter);
    }
  }
}

void Request::Consume(std::string_view name) {
  const bool any_could_be_unknown = parameters_.size() > path_parameters_;
  if (any_could_be_unknown) consumed_.append(name).push_back('\0');
}

bool Request::WasConsumed(std::string_view name) const {
  if (name.find('\0') != std::string_view::npos) return false;
  std::string between_zeros(1, '\0');
  between_zeros.append(name).push_back('\0');
  return consumed_.find(between_zeros) != std::string::npos;
}

const std::string* Request::Find(std::string_view name) {
  Consume(name);
  for (const auto& [key, value] : parameters_) {
    if (key == name) return &value;
  }
  return nullptr;
}

const std::string* Request::Peek(std::string_view name) const {
  const auto found = std::ranges::find(parameters_, name, &Parameters::value_type::first);
  return found == parameters_.end() ? nullptr : &found->second;
}

bool Request::Has(std::string_view name) { return Find(name) != nullptr; }

std::string Request::String(std::string_view name, std::string_view otherwise) {
  const std::string* value = Find(name);
  return value == nullptr ? std::string(otherwise) : *value;
}

base::Result<bool> Request::Bool(std::string_view name, bool otherwise) {
  const std::string* value = Find(name);
  if (value == nullptr) return otherwise;
  return base::ParseBoolParam(*value, otherwise);
}

base::Result<std::int32_t> Request::Int(std::string_view name, std::int32_t otherwise) {
  const std::string* value = Find(name);
  if (value == nullptr) return otherwise;
  return base::ParseIntParam(name, *value);
}

base::Result<std::int64_t> Request::Long(std::string_view name, std::int64_t otherwise) {
  const std::string* value = Find(name);
  if (value == nullptr) return otherwise;
  return base::ParseLongParam(name, *value);
}

base::Result<float> Request::Float(std::string_view name, float otherwise) {
  const std::string* value = Find(name);
  if (value == nullptr) return otherwise;
  return base::ParseFloatParam(name, *value);
}

base::Result<base::TimeValue> Request::Time(std::string_view name, base::TimeValue otherwise) {
  const std::string* value = Find(name);
  if (value == nullptr) return otherwise;
  return base::TimeValue::Parse(*value, name);
}

std::vector<std::string> Request::List(std::string_view name) {
  const std::string* value = Find(name);
  return value == nullptr ? std::vector<std::string>() : base::SplitList(*value);
}

void Request::AlsoKnows(std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) Consume(name);
}

base::Status Request::CheckUnconsumed() const {
  std::vector<std::string> unknown;
  for (std::size_t i = path_parameters_; i < parameters_.size(); ++i) {
    if (!WasConsumed(parameters_[i].first)) unknown.push_back(parameters_[i].first);
  }
  if (unknown.empty()) return {};
  std::set<std::string_view> names;
  for (std::string_view left = std::string_view(consumed_).substr(1); !left.empty();) {
    const std::size_t length = left.find('\0');
    names.insert(left.substr(0, length));
    left.remove_prefix(length + 1);
  }
  const std::vector<std::string> known(names.begin(), names.end());
  return Unrecognized(std::move(unknown), known, "parameter");
}

base::Status Request::Unrecognized(std::vector<std::string> invalid,
                                   std::span<const std::string> known,
                                   std::string_view what) const {
  std::ranges::sort(invalid);
  std::string text = "request [" + path() + "] contains unrecognized " + std::string(what) +
                     (invalid.size() > 1 ? "s: " : ": ");
  for (const std::string& name : invalid) {
    if (&name != &invalid.front()) text += ", ";
    text += "[" + name + "]" + base::DidYouMean(name, known);
  }
  return base::IllegalArgument(std::move(text));
}

base::Status Request::ReadFormat() {
  ASSIGN_OR_RETURN(format_.pretty, Bool("pretty"));
  ASSIGN_OR_RETURN(format_.human, Bool("human"));
  ASSIGN_OR_RETURN(format_.error_trace, Bool("error_trace"));
  format_.filter_path = String("filter_path");
  std::optional<MediaType> wanted = ParseFormat(String("format"));
  if (const std::string* accept = Header("accept"); !wanted && accept) {
    wanted = ParseFormat(*accept);
  }
  format_.explicit_type = wanted.has_value();
  if (const std::string* sent = Header("content-type"); !wanted && sent) {
    wanted = ParseFormat(*sent);
  }
  format_.type = wanted.value_or(MediaType::kJson);
  return {};
}

base::Status Request::AcceptBody(std::string body, TakesSource takes_source) {
  body_ = std::move(body);
  // Only once, and before anything is read: what is stored and sent back is JSON without it.
  if (base::HasByteOrderMark(body_)) body_.erase(0, base::kByteOrderMark.size());
  if (takes_source == TakesSource::kNo || !body_.empty() || head().target.Find("source") == nullptr)
    return {};
  const std::string* type = Find("source_content_type");
  if (type == nullptr) {
    return base::Internal("source and source_content_type parameters are required");
  }
  ASSIGN_OR_RETURN(body_type_, ParseContentType(*type));
  if (!body_type_) {
    return base::Internal("Unknown value for source_content_type [" + *type + "]");
  }
  body_ = String("source");
  return {};
}

void Request::AddHeader(std::string name, std::string value) {
  extra_headers_.Add(std::move(name), std::move(value));
}

std::size_t Request::HeaderBytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, value] : extra_headers_) bytes += name.size() + value.size();
  return bytes;
}

http::Response Request::Head(int status) const {
  return {.status = status,
          .content_type = std::string(ContentTypeOf(format_.type)),
          .headers = extra_headers_};
}

void Request::Respond(int status, const Write& write) {
  Compose(status, [&](base::json::Writer& out) {
    write(out);
    return base::Status();
  }).Ignore();
  SendComposed();
}

base::Status Request::Compose(int status, const TryWrite& write) {
  AnswerWriter writer(format_);
  if (answer_memory_) writer.Expect(static_cast<std::size_t>(answer_memory_->bytes()));
  RETURN_IF_ERROR(write(writer.out()));
  composed_ = Head(status);
  composed_.body = writer.Finish();
  return {};
}

void Request::Send(http::Response response) {
  const base::Status fits = ReserveAnswer(response.body.capacity());
  if (!fits.ok()) {
    response = {};  // before the refusal is written
    return Fail(fits);
  }
  response.holds = std::move(answer_memory_);
  exchange_->Respond(std::move(response));
}

base::Status Request::ReserveAnswer(std::size_t bytes) {
  constexpr std::size_t kSmall = 4096;  // never refused
  if (memory_ == nullptr || bytes <= kSmall) return {};
  if (!answer_memory_) {
    answer_memory_ =
        std::make_shared<tasks::Reservation>(memory_, tasks::Breaker::kRequest, "<answer>");
  }
  const auto reserved = static_cast<std::int64_t>(bytes);
  if (!must_answer_) return answer_memory_->Resize(reserved);
  answer_memory_->Overdraw(reserved);
  return {};
}

void Request::DropBody() {
  body_ = std::string();
  body_memory_.reset();
}

void Request::RespondText(int status, std::string text) {
  Send({.status = status, .headers = extra_headers_, .body = std::move(text)});
}

void Request::Fail(const base::Status& status) {
  if (status.type() == "content_too_long_exception")
    return exchange_->Respond({.status = 413, .content_type = ""});
  ComposeFailure(status);
  SendComposed();
}

void Request::ComposeFailure(const base::Status& status) {
  format_.filter_path.clear();  // errors are whole whatever is asked for
  const auto traces = format_.error_trace ? base::Traces::kWrite : base::Traces::kLeaveOut;
  Compose(status.http_status(), [&](base::json::Writer& out) {
    base::WriteError(out, status, traces);
    return base::Status();
  }).Ignore();
}

void Request::FailBeforeWork(const base::Status& status) {
  if (task_) std::move(task_).Finish(tasks::End(status));
  Fail(status);
}

void Request::FailShort(int status, std::string_view text) {
  format_.filter_path.clear();
  Respond(status, [&](base::json::Writer& out) {
    out.BeginObject();
    out.Field("error", text);
    out.Field("status", status);
    out.EndObject();
  });
}

}  // namespace rest
