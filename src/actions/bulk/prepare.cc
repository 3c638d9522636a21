#include "actions/bulk/prepare.h"

#include <unordered_map>

#include "actions/bulk/targets.h"
#include "actions/update/update_body.h"
#include "cluster/settings/index_settings.h"

namespace actions::bulk {

namespace {

using base::Status;
using engine::OpType;
using tasks::UnitOutcome;

constexpr std::size_t kCheckEvery = 128;

constexpr std::string_view kNoPipeline = "_none";

void FailForPipeline(Request& request, std::size_t number, std::string_view pipeline) {
  request.with_pipelines = true;
  request.results.SetFailure(
      number, UnitOutcome::kNotDone,
      base::IllegalArgument("pipeline with id [" + std::string(pipeline) + "] does not exist"));
}

// What each name is used for. Fails what names a pipeline: there are none yet; "_none" asks for
// none.
base::Result<std::vector<NameUse>> LookThrough(tasks::TaskContext& task, Request& request) {
  const Body& body = request.body;
  const BulkParams& params = request.params;
  std::vector<NameUse> uses(body.indices().size());
  for (std::size_t i = 0; i < uses.size(); ++i) uses[i].name = body.indices()[i];
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (i % kCheckEvery == 0) RETURN_IF_ERROR(task.Checkpoint());
    if (request.results.settled(i)) continue;
    const Item& item = body.item(i);
    const Extra extra = body.ExtraOf(item);
    const bool deletes = item.type == OpType::kDelete;
    const auto pipeline = PipelineOf(extra, params);
    if (!deletes && pipeline.value_or(kNoPipeline) != kNoPipeline) {
      FailForPipeline(request, i, *pipeline);
      continue;
    }
    NameUse& use = uses[item.index];
    use.may_create |= !deletes || extra.version_type != engine::VersionType::kInternal;
    use.require_alias |=
        !deletes && extra.require_alias.value_or(params.require_alias.value_or(false));
  }
  return uses;
}

// Sorts the items of one request, one after the other.
class Grouping {
 public:
  Grouping(Node& node, Request& request)
      : node_(node), request_(request), reader_(request.body.bytes()) {
    const cluster::StatePtr state = node.cluster.state();
    by_index_.resize(request.targets.size());
    std::unordered_map<std::string_view, std::size_t> homes;  // by uuid
    for (std::size_t i = 0; i < request.targets.size(); ++i) {
      const Request::Target& target = request.targets[i];
      ByIndex& index = by_index_[i];
      if (!target.index) continue;
      // An index and its aliases share groups: a shard's actions keep the order of the request.
      index.home = homes.try_emplace(target.index->uuid, i).first->second;
      const auto mapping = node_.shards.MappingOf(target.index->uuid);
      index.routing_required = mapping && mapping->routing_required();
      index.pipelines = PipelinesOf(*target.index);
      index.is_alias = IsAlias(*state, request.body.indices()[i]);
      index.groups.assign(static_cast<std::size_t>(target.index->number_of_shards), kNowhere);
    }
  }

  Status Place(std::uint32_t number) {
    const Item& item = request_.body.item(number);
    std::string scratch;
    if (!by_index_[item.index].pipelines.First().empty()) {
      ASSIGN_OR_RETURN(const std::string_view pipeline, PipelineFor(item));
      if (!pipeline.empty()) return FailForPipeline(request_, number, pipeline), Status();
    }
    if (IsPlain(item)) {
      Append(number, 0);
      return {};
    }
    const Status refused = Refusal(item);
    if (!refused.ok()) {
      request_.results.SetFailure(number, UnitOutcome::kNotDone, refused);
      return {};
    }
    const Request::Target& target = request_.targets[item.index];
    const std::string routing(
        *EffectiveRouting(target, {}, request_.body.RoutingOf(item, request_.params)));
    ASSIGN_OR_RETURN(const std::string_view id, request_.body.Id(item, reader_, scratch));
    if (id.empty()) {
      request_.results.SetFailure(
          number, UnitOutcome::kNotDone,
          base::IllegalArgument("if _id is specified it must not be empty"));
      return {};
    }
    Append(number, target.index->ShardOf(id, routing));
    return {};
  }

  std::vector<ShardGroup> Take() { return std::move(groups_); }

 private:
  struct ByIndex {
    bool routing_required = false;
    bool is_alias = false;
    IndexPipelines pipelines;
    std::size_t home = 0;               // the first name of this index; its groups are used
    std::vector<std::uint32_t> groups;  // by shard; in groups_
  };

  // The first pipeline that an item on an index with pipelines would go through; empty: none. A
  // pipeline in the request replaces the index's default, and can be `_none` only: LookThrough()
  // has failed all others.
  base::Result<std::string_view> PipelineFor(const Item& item) {
    const IndexPipelines& pipelines = by_index_[item.index].pipelines;
    ASSIGN_OR_RETURN(const bool inserts, MayInsert(item));
    if (!inserts) return std::string_view();
    const bool asked = PipelineOf(request_.body.ExtraOf(item), request_.params).has_value();
    return asked ? pipelines.last : pipelines.First();
  }

  // As in OpenSearch, an update in a bulk goes through pipelines if it brings a document to insert,
  // and an update on its own if it changes something, which its shard finds out.
  base::Result<bool> MayInsert(const Item& item) {
    if (item.type != OpType::kUpdate) return item.type != OpType::kDelete;
    if (request_.shard_action == names::kUpdateShard) return false;
    ASSIGN_OR_RETURN(const std::string_view text, reader_.Read(item.document, item.document_size));
    ASSIGN_OR_RETURN(const update::UpdateBody body, update::ParseUpdateBody(text));
    return body.has_upsert || body.doc_as_upsert.value_or(false);
  }

  // Nothing has to be looked up: one shard, an ordinary action.
  bool IsPlain(const Item& item) const {
    const Request::Target& target = request_.targets[item.index];
    return target.failure.ok() && target.index->number_of_shards == 1 && target.routing.empty() &&
           !by_index_[item.index].routing_required && item.extra == kNowhere &&
           request_.params.routing.empty() && !request_.params.require_alias.value_or(false) &&
           (item.id_place == IdPlace::kGenerated || item.id_size > 0);
  }

  Status Refusal(const Item& item) {
    const Request::Target& target = request_.targets[item.index];
    const std::string& name = request_.body.indices()[item.index];
    const Extra extra = request_.body.ExtraOf(item);
    const bool require_alias =
        extra.require_alias.value_or(request_.params.require_alias.value_or(false));
    if (require_alias && item.type != OpType::kDelete && !by_index_[item.index].is_alias) {
      return NotAnAlias(name);
    }
    RETURN_IF_ERROR(item.type == OpType::kDelete ? target.erase_failure : target.failure);
    ASSIGN_OR_RETURN(
        const std::string_view routing,
        EffectiveRouting(target, name, request_.body.RoutingOf(item, request_.params)));
    if (routing.empty() && by_index_[item.index].routing_required) {
      std::string scratch;
      ASSIGN_OR_RETURN(const std::string_view id, request_.body.Id(item, reader_, scratch));
      return RoutingMissing(target.index->name, item.id_place == IdPlace::kGenerated ? "null" : id);
    }
    return {};
  }

  void Append(std::uint32_t number, int shard) {
    Item& item = request_.body.item(number);
    item.shard = static_cast<std::uint16_t>(shard);
    std::uint32_t& at = by_index_[by_index_[item.index].home].groups[item.shard];
    if (at == kNowhere) {
      at = static_cast<std::uint32_t>(groups_.size());
      groups_.push_back({.index = item.index, .shard = shard, .first = number});
    } else {
      request_.body.item(groups_[at].last).next = number;
    }
    ShardGroup& group = groups_[at];
    group.last = number;
    group.operations += 1;
    group.bytes += item.document_size;
  }

  Node& node_;
  Request& request_;
  SpillReader reader_;
  std::vector<ByIndex> by_index_;  // as Request::targets
  std::vector<ShardGroup> groups_;
};

}  // namespace

IndexPipelines PipelinesOf(const cluster::IndexMetadata& index) {
  const auto named = [&](std::string_view setting) {
    const std::string_view name = cluster::SettingOr(index.settings, setting);
    return name == kNoPipeline ? std::string_view() : name;
  };
  return {.by_default = named("index.default_pipeline"), .last = named("index.final_pipeline")};
}

Status RoutingMissing(const std::string& index, std::string_view id) {
  return Status(400, "routing_missing_exception",
                "routing is required for [" + index + "]/[" + std::string(id) + "]")
      .With("index", index)
      .With("index_uuid", "_na_");
}

Status CheckUpdates(tasks::TaskContext& task, Request& request) {
  tasks::Phase phase(task, "check updates");
  Body& body = request.body;
  SpillReader reader(body.bytes());
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (i % kCheckEvery == 0) RETURN_IF_ERROR(task.Checkpoint());
    const Item& item = body.item(i);
    if (item.type != OpType::kUpdate) continue;
    RETURN_IF_ERROR(task.Checkpoint());
    ASSIGN_OR_RETURN(const std::string_view text, reader.Read(item.document, item.document_size));
    ASSIGN_OR_RETURN(const update::UpdateBody update, update::ParseUpdateBody(text));
    Extra extra = body.ExtraOf(item);
    const auto told = LacksItsOther(extra);
    extra.if_seq_no = update.if_seq_no.value_or(extra.if_seq_no);
    extra.if_primary_term = update.if_primary_term.value_or(extra.if_primary_term);
    RETURN_IF_ERROR(CheckNumbers(item.type, extra));
    if (auto problem = LacksItsOther(extra); problem && problem != told) {
      body.AddProblem(*std::move(problem));
    }
    for (std::string& problem : update::ProblemsOf(update, extra)) {
      body.AddProblem(std::move(problem));
    }
    // In a bulk the line's `_source`, else the request's, weighs more than the body's; what updates
    // one document reads the body after the parameters.
    const bool single = request.shard_action == names::kUpdateShard;
    const bool own_source = update.source && (single || (!extra.source && !request.params.source));
    if (own_source || update.if_seq_no || update.if_primary_term) {
      body.Amend(i, extra, own_source ? &*update.source : nullptr);
    }
    if (update.has_script) {
      request.results.SetFailure(i, UnitOutcome::kNotDone, update::NoScripts());
    }
  }
  return body.Validate();
}

base::Result<std::vector<ShardGroup>> Prepare(Node& node, tasks::TaskContext& task,
                                              base::DocIdGenerator& ids, Request& request) {
  ASSIGN_OR_RETURN(const std::vector<NameUse> uses, LookThrough(task, request));
  request.targets =
      request.state ? ResolveTargets(**request.state, uses) : ResolveTargets(node, task, uses);
  RETURN_IF_ERROR(task.Checkpoint());

  tasks::Phase phase(task, "sort by shard");
  request.body.GenerateIds(ids, node.clock.WallMillis());
  Grouping grouping(node, request);
  for (std::uint32_t i = 0; i < request.body.size(); ++i) {
    if (i % kCheckEvery == 0) RETURN_IF_ERROR(task.Checkpoint());
    if (!request.results.settled(i)) RETURN_IF_ERROR(grouping.Place(i));
  }
  return grouping.Take();
}

}  // namespace actions::bulk
