#include "rest/routes/nodes_stats_sections.h"

namespace rest::routes {

using actions::node_stats::DeviceFigures;
using actions::node_stats::HostFigures;
using actions::node_stats::NodeFigures;
using base::json::Writer;

namespace {

constexpr std::string_view kNoPool =
    R"({"used_in_bytes":0,"max_in_bytes":0,"peak_used_in_bytes":0,"peak_max_in_bytes":0,)"
    R"("last_gc_stats":{"used_in_bytes":0,"max_in_bytes":0,"usage_percent":-1}})";
constexpr std::string_view kNoCollector = R"({"collection_count":0,"collection_time_in_millis":0})";
constexpr std::string_view kNoBuffers =
    R"({"count":0,"used_in_bytes":0,"total_capacity_in_bytes":0})";
constexpr std::string_view kNoClasses =
    R"({"current_loaded_count":0,"total_loaded_count":0,"total_unloaded_count":0})";

void WriteOs(const HumanFields& fields, const HostFigures& host, std::int64_t now) {
  Writer& out = fields.out();
  out.ObjectField("os");
  out.Field("timestamp", now);
  out.ObjectField("cpu");
  out.Field("percent", host.cpu_percent);
  out.ObjectField("load_average");
  out.Field("1m", host.load[0]);
  out.Field("5m", host.load[1]);
  out.Field("15m", host.load[2]);
  out.EndObject();
  out.EndObject();
  out.ObjectField("mem");
  fields.Bytes("total", host.memory_total);
  fields.Bytes("free", host.memory_free);
  fields.Bytes("used", host.memory_total - host.memory_free);
  out.Field("free_percent", 100 - host.memory_used_percent());
  out.Field("used_percent", host.memory_used_percent());
  out.EndObject();
  out.ObjectField("swap");
  fields.Bytes("total", host.swap_total);
  fields.Bytes("free", host.swap_free);
  fields.Bytes("used", host.swap_total - host.swap_free);
  out.EndObject();
  out.EndObject();
}

void WriteProcess(const HumanFields& fields, const HostFigures& host, std::int64_t now) {
  Writer& out = fields.out();
  out.ObjectField("process");
  out.Field("timestamp", now);
  out.Field("open_file_descriptors", host.open_files);
  out.Field("max_file_descriptors", host.max_files);
  out.ObjectField("cpu");
  out.Field("percent", host.process_cpu_percent);
  fields.Millis("total", host.process_cpu_millis);
  out.EndObject();
  out.ObjectField("mem");
  fields.Bytes("total_virtual", host.virtual_bytes);
  out.EndObject();
  out.EndObject();
}

// The process and the machine's memory stand in the place of a heap, as in `_cat/nodes`.
void WriteJvm(const HumanFields& fields, const HostFigures& host, std::int64_t now) {
  Writer& out = fields.out();
  out.ObjectField("jvm");
  out.Field("timestamp", now);
  fields.Millis("uptime", host.uptime_millis);
  out.ObjectField("mem");
  fields.Bytes("heap_used", host.resident_bytes);
  out.Field("heap_used_percent",
            host.memory_total == 0 ? 0 : 100 * host.resident_bytes / host.memory_total);
  fields.Bytes("heap_committed", host.resident_bytes);
  fields.Bytes("heap_max", host.memory_total);
  fields.Bytes("non_heap_used", 0);
  fields.Bytes("non_heap_committed", 0);
  out.ObjectField("pools");
  for (const char* name : {"young", "old", "survivor"}) fields.Zeros(name, kNoPool);
  out.EndObject();
  out.EndObject();
  out.ObjectField("threads");
  out.Field("count", host.threads);
  out.Field("peak_count", host.peak_threads);
  out.EndObject();
  out.ObjectField("gc");
  out.ObjectField("collectors");
  for (const char* name : {"young", "old"}) fields.Zeros(name, kNoCollector);
  out.EndObject();
  out.EndObject();
  out.ObjectField("buffer_pools");
  for (const char* name : {"mapped", "direct", "mapped - 'non-volatile memory'"})
    fields.Zeros(name, kNoBuffers);
  out.EndObject();
  out.RawField("classes", kNoClasses);
  out.EndObject();
}

void WriteDevice(Writer& out, const DeviceFigures& device) {
  out.Field("operations", device.reads + device.writes);
  out.Field("read_operations", device.reads);
  out.Field("write_operations", device.writes);
  out.Field("read_kilobytes", device.read_kilobytes);
  out.Field("write_kilobytes", device.write_kilobytes);
  out.Field("read_time", device.read_millis);
  out.Field("write_time", device.write_millis);
  out.Field("queue_size", device.queue_millis);
  out.Field("io_time_in_millis", device.busy_millis);
}

void WriteDevices(Writer& out, const std::vector<DeviceFigures>& devices) {
  DeviceFigures total;
  out.ArrayField("devices");
  for (const DeviceFigures& device : devices) {
    out.BeginObject();
    out.Field("device_name", device.name);
    WriteDevice(out, device);
    out.EndObject();
    total.Add(device);
  }
  out.EndArray();
  out.ObjectField("total");
  WriteDevice(out, total);
  out.EndObject();
}

void WriteDisk(const HumanFields& fields, const HostFigures& host, const std::string& path,
               std::int64_t now) {
  Writer& out = fields.out();
  const auto sizes = [&] {
    fields.Bytes("total", host.disk_total);
    fields.Bytes("free", host.disk_free);
    fields.Bytes("available", host.disk_available);
    fields.Bytes("cache_reserved", 0);
  };
  out.ObjectField("fs");
  out.Field("timestamp", now);
  out.ObjectField("total");
  sizes();
  out.EndObject();
  out.ArrayField("data");
  out.BeginObject();
  out.Field("path", path);
  out.Field("mount", host.mount);
  out.Field("type", host.file_system);
  sizes();
  out.EndObject();
  out.EndArray();
  out.ObjectField("io_stats");
  if (!host.devices.empty()) WriteDevices(out, host.devices);
  out.EndObject();
  out.EndObject();
}

void WritePools(Writer& out, const NodeFigures& figures) {
  out.ObjectField("thread_pool");
  for (const auto& pool : figures.pools) {
    out.ObjectField(pool.name);
    out.Field("threads", pool.threads);
    out.Field("queue", pool.queue);
    out.Field("active", pool.active);
    out.Field("rejected", pool.rejected);
    out.Field("largest", pool.largest);
    out.Field("completed", pool.completed);
    out.EndObject();
  }
  out.EndObject();
}

}  // namespace

void WriteHostSections(const HumanFields& fields, const NodeFigures& figures,
                       const WantsMetric& wants) {
  const std::int64_t now = figures.wall_millis;
  if (wants("os")) WriteOs(fields, figures.host, now);
  if (wants("process")) WriteProcess(fields, figures.host, now);
  if (wants("jvm")) WriteJvm(fields, figures.host, now);
  if (wants("thread_pool")) WritePools(fields.out(), figures);
  if (wants("fs")) WriteDisk(fields, figures.host, figures.data_path, now);
}

}  // namespace rest::routes
