// cluster/records.h
//
// What the MetadataStore holds: "cluster", "manager", "node/<id>", "index/<uuid>",
// "tombstone/<uuid>" and "template/<kind>/<name>", and what each means to a ClusterState. Reading
// is for untrusted bytes.
//
// Threads: pure functions.

#pragma once

#include "cluster/cluster_state.h"
#include "cluster/metadata_store.h"

namespace cluster {

MetadataStore::Change ClusterRecord(const ClusterState& state);
MetadataStore::Change ManagerRecord(const std::string& node_id);  // empty: none
MetadataStore::Change NodeRecord(const NodeInfo& node);
MetadataStore::Change NodeGone(const std::string& node_id);
MetadataStore::Change IndexRecord(const IndexMetadata& index);
// With its tombstone, and without the oldest ones of too many; `state` is to be as they leave it.
std::vector<MetadataStore::Change> DeleteIndex(ClusterState& state, const IndexMetadata& index,
                                               std::int64_t wall_millis);
enum class TemplateKind : std::uint8_t { kIndex, kComponent, kLegacy };
MetadataStore::Change TemplateRecord(TemplateKind kind, const std::string& name, std::string json);
MetadataStore::Change TemplateGone(TemplateKind kind, const std::string& name);
// Those of one kind.
std::map<std::string, std::string>& TemplatesOf(Templates& templates, TemplateKind kind);
const std::map<std::string, std::string>& TemplatesOf(const Templates& templates,
                                                      TemplateKind kind);

// 400 if a name or a value in the records `changes`, made of `state`, is not UTF-8: they are JSON,
// in which it would be replaced, and two names could become one. Every change passes this before it
// is written.
base::Status CheckText(const ClusterState& state,
                       const std::vector<MetadataStore::Change>& changes);

// Makes `state` what it is after `change`. 500 for a record that cannot be read; those of kinds not
// known here are let alone.
base::Status ApplyChange(ClusterState& state, const MetadataStore::Change& change);

// The same of a record that was read: one that makes no sense is set aside in `state.unreadable`
// and logged, so that it takes nothing else with it.
void ApplyOrSetAside(ClusterState& state, const MetadataStore::Change& change);

}  // namespace cluster
