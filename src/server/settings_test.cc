#include "server/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"

namespace server {
namespace {

class SettingsFile : public testing::Test {
 protected:
  ~SettingsFile() override { std::filesystem::current_path(before_); }

  std::string Write(const std::string& text) {
    const std::string path = dir_.path() + "/quell.yml";
    std::ofstream(path) << text;
    return path;
  }
  std::string WhyNot(const std::string& text) {
    return Settings::Read(Write(text), {}).status().reason();
  }

  const std::filesystem::path before_ = std::filesystem::current_path();
  TempDir dir_;
};

TEST_F(SettingsFile, IsReadFromTheCurrentDirectoryIfNoneIsNamed) {
  std::filesystem::current_path(dir_.path());
  EXPECT_EQ(Settings::DefaultFile(), "");
  Write("node.name: n1\nhttp:\n  port: 9201\n");
  const auto settings = Settings::Read(Settings::DefaultFile(), {"http.port=9202"});
  ASSERT_TRUE(settings.ok()) << settings.status().reason();
  EXPECT_EQ(settings->String("node.name"), "n1");
  EXPECT_EQ(settings->String("http.port"), "9202") << "the command line wins";
  EXPECT_TRUE(std::filesystem::equivalent(settings->file(), dir_.path() + "/quell.yml"));
}

TEST_F(SettingsFile, ThatSaysSomethingTwiceIsRefusedWithItsName) {
  const std::string where = " is set twice in [" + dir_.path() + "/quell.yml]";
  EXPECT_EQ(WhyNot("http.port: 1\nhttp.port: 1\n"), "[http.port]" + where);
  EXPECT_EQ(WhyNot("http:\n  port: 1\nhttp.port: 2\n"), "[http.port]" + where);
  EXPECT_EQ(WhyNot("http:\n  port: 1\nhttp:\n  port: 2\n"), "[http.port]" + where);
  EXPECT_EQ(WhyNot("node.attr.a: [x]\nnode.attr.a: [y]\n"), "[node.attr.a]" + where);
}

TEST_F(SettingsFile, AreShownWithoutSecrets) {
  std::filesystem::current_path(dir_.path());
  const auto settings =
      Settings::Read("", {"cluster.nats.url=nats://user:pass@host", "http.port=9202",
                          "node.attr.zone=a", "logger.file=logs/quell.log"});
  ASSERT_TRUE(settings.ok());
  const auto shown = settings->Shown();
  const std::string here = std::filesystem::current_path().string();
  EXPECT_FALSE(shown.contains("cluster.nats.url"));
  EXPECT_EQ(shown.at("http.port"), "9202");
  EXPECT_EQ(shown.at("node.attr.zone"), "a");
  EXPECT_EQ(shown.at("path.home"), here);
  EXPECT_EQ(shown.at("path.data"), here + "/data");
  EXPECT_EQ(shown.at("path.logs"), here + "/logs/quell.log");
  EXPECT_EQ(shown.at("client.type"), "node");
}

}  // namespace
}  // namespace server
