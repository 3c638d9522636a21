// Any bytes as a document: the fast parser and the slow diagnosis must agree, and what was read
// must come back the same through every writer.

#include <cstdlib>
#include <string>

#include "base/json/cbor_writer.h"
#include "base/json/diagnose.h"
#include "base/json/pretty_writer.h"
#include "base/json/smile_writer.h"
#include "base/json/tree.h"
#include "base/json/yaml_writer.h"

namespace {

using base::json::Document;
using base::json::ParseOptions;

void Require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ParseOptions options{.max_depth = 50};
  base::Result<Document> parsed = Document::Parse(text, options);
  const base::Status diagnosis = base::json::Diagnose(text, options);
  if (!parsed.ok()) {
    Require(parsed.status().http_status() == 400);
    Require(!diagnosis.ok());
    return 0;
  }
  const bool may_hold_comment = text.find('/') != std::string::npos;
  Require(diagnosis.ok() || may_hold_comment);

  Document& document = *parsed;
  const std::string compact = document.root().ToString();
  base::Result<Document> again = Document::Parse(compact, options);
  Require(again.ok());
  Require(again->root() == document.root());
  Require(again->root().ToString() == compact);

  std::string pretty, yaml, cbor, smile;
  base::json::PrettyWriter pretty_writer(pretty);
  document.root().Write(pretty_writer);
  base::Result<Document> from_pretty = Document::Parse(pretty, options);
  Require(from_pretty.ok() && from_pretty->root() == document.root());
  base::json::YamlWriter yaml_writer(yaml);
  document.root().Write(yaml_writer);
  base::json::CborWriter cbor_writer(cbor);
  document.root().Write(cbor_writer);
  base::json::SmileWriter smile_writer(smile);
  document.root().Write(smile_writer);

  Document copy;
  copy.SetRoot(copy.Copy(document.root()));
  Require(copy.root() == document.root());
  if (copy.root().IsObject()) Require(!copy.Merge(copy.root(), document.root()));
  return 0;
}
