# frozen_string_literal: true

require_relative "asking"
require_relative "../inspec_helper"

# npm, pip and gem: what is installed, from the files of what is installed.
class LanguagePackagesTest < InspecTest
  include Asking

  def npm(target, name) = ask(target, "sh -c 'npm -g ls --json #{name}'", :npm)
  def pip(target, name, command = "pip") = ask(target, "#{command} show #{name}", :pip)
  def gem_list(target, name, command = "gem") = ask(target, "#{command} list --local -a -q ^#{name}$", :gem)

  def package_json(target, path, version, **more)
    target.write("#{path}/package.json", JSON.generate({ "version" => version }.merge(more)))
  end

  def specification(target, directory, name, version, platform = "ruby")
    file = platform == "ruby" ? "#{name}-#{version}" : "#{name}-#{version}-#{platform}"
    target.write("#{directory}/specifications/#{file}.gemspec",
                 "# -*- encoding: utf-8 -*-\n# stub: #{name} #{version} #{platform} lib\n")
  end

  it "knows global npm packages, scoped ones, and those that are only below another" do
    target = target_dir do |t|
      package_json(t, "/usr/local/lib/node_modules/npm", "10.2.4")
      package_json(t, "/usr/local/lib/node_modules/npm/node_modules/semver", "7.5.4")
      package_json(t, "/usr/local/lib/node_modules/@scope/tool", "1.0.0")
      package_json(t, "/usr/lib/node_modules/elsewhere", "3.0.0")
    end
    resources = inspec(connect(target))
    assert_equal([true, "10.2.4"], %i[installed? version].map { |question| resources.npm("npm").public_send(question) })
    assert_equal "1.0.0", resources.npm("@scope/tool").version
    %w[nosuch elsewhere ../npm . npm/package.json].each { |name| assert_equal 1, npm(target, name).exit_status, name }
    assert_equal({ "name" => "lib", "dependencies" => {} }, JSON.parse(npm(target, "semver").stdout))
    assert_equal 127, npm(target_dir, "npm").exit_status
  end

  it "looks for npm packages where npm is configured to have them" do
    target = target_dir(environ: { "NPM_CONFIG_PREFIX" => "/opt/node" }) do |t|
      package_json(t, "/opt/node/lib/node_modules/here", "1.0.0")
      package_json(t, "/usr/local/lib/node_modules/there", "1.0.0")
    end
    assert_equal([0, 1], %w[here there].map { |name| npm(target, name).exit_status })
  end

  it "looks for npm packages beside a node that is not the system's" do
    target = target_dir(environ: { "PATH" => "/app/bin:/usr/bin" }) do |t|
      t.write("/opt/node/bin/node", "node", mode: 0o755)
      t.symlink("/opt/node/bin/node", "/app/bin/node")
      package_json(t, "/opt/node/lib/node_modules/here", "1.0.0")
      package_json(t, "/usr/local/lib/node_modules/there", "1.0.0")
    end
    assert_equal([0, 1], %w[here there].map { |name| npm(target, name).exit_status })
  end

  it "knows a project's npm packages, and which of them nobody asked for" do
    target = target_dir do |t|
      t.write("/app/package.json", JSON.generate(dependencies: { a: "1", gone: "1" }, devDependencies: { d: "1" }))
      package_json(t, "/app/node_modules/a", "1.1.0", "dependencies" => { "hoisted" => "2" })
      %w[d hoisted stray].each { |name| package_json(t, "/app/node_modules/#{name}", "2.0.0") }
    end
    statuses = %w[a d hoisted stray gone].to_h do |name|
      [name, ask(target, "sh -c 'cd /app && npm ls --json #{name}'", :npm).exit_status]
    end
    assert_equal({ "a" => 0, "d" => 0, "hoisted" => 0, "stray" => 1, "gone" => 1 }, statuses)
    assert_equal "1.1.0", inspec(connect(target)).npm("a", path: "/app").version
    refute_equal 0, ask(target, "sh -c 'cd /nosuch && npm ls --json a'", :npm).exit_status
  end

  it "cannot read a package.json that is none" do
    target = target_dir { |t| t.write("/usr/lib/node_modules/x/package.json", "{" * 9000) }
    assert_raises(TrainProcroot::CouldNotLook) { npm(target, "x") }
  end

  it "knows Python's packages however they were installed, by any spelling of their names" do
    target = target_dir do |t|
      dist = "/usr/lib/python3/dist-packages"
      t.write("#{dist}/PyYAML-6.0.dist-info/METADATA", "Metadata: 2\nName: PyYAML\nVersion: 6.0\n\nName: no\n")
      t.write("#{dist}/zope.interface-5.5.2.egg-info/PKG-INFO", "Name: zope.interface\nVersion: 5.5.2\n")
      t.write("#{dist}/six-1.16.0.egg-info", "Name: six\nVersion: 1.16.0\n")
      t.write("/usr/local/lib/python3.11/dist-packages/six-1.17.0.dist-info/METADATA", "Name: six\nVersion: 1.17.0\n")
    end
    resources = inspec(connect(target))
    { "pyyaml" => "6.0", "PyYAML" => "6.0", "Zope-Interface" => "5.5.2", "zope_interface" => "5.5.2",
      "six" => "1.17.0" }.each { |name, version| assert_equal version, resources.pip(name).version, name }
    ["nosuch", "yaml", "../six", "six; id", "", "PyYAML-6.0"].each do |name|
      assert_equal 1, pip(target, name).exit_status, name
    end
    assert_equal 127, pip(target_dir, "six").exit_status
  end

  it "takes a virtual environment's own packages, and the system's where it shares them" do
    target = target_dir do |t|
      t.write("/venv/lib/python3.11/site-packages/inner-1.0.dist-info/METADATA", "Name: inner\nVersion: 1.0\n")
      t.write("/venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
      t.write("/venv/bin/pip", "#!/venv/bin/python3\n", mode: 0o755)
      t.write("/usr/lib/python3/dist-packages/outer-1.0.dist-info/METADATA", "Name: outer\nVersion: 1.0\n")
    end
    assert_equal([0, 1], %w[inner outer].map { |name| pip(target, name, "/venv/bin/pip").exit_status })
    assert_equal([1, 0], %w[inner outer].map { |name| pip(target, name).exit_status })
    target.write("/venv/pyvenv.cfg", "include-system-site-packages = true\n")
    assert_equal 0, pip(target, "outer", "/venv/bin/pip").exit_status
  end

  it "takes the Python whose pip is first in the target's path" do
    target = target_dir(environ: { "PATH" => "/usr/local/bin:/usr/bin" }) do |t|
      t.write("/usr/local/bin/pip", "#!/usr/local/bin/python3.12\n", mode: 0o755)
      t.write("/usr/local/lib/python3.12/site-packages/mine-2.0.dist-info/METADATA", "Name: mine\nVersion: 2.0\n")
      t.write("/usr/lib/python3/dist-packages/other-1.0.dist-info/METADATA", "Name: other\nVersion: 1.0\n")
    end
    assert_equal([0, 1], %w[mine other].map { |name| pip(target, name).exit_status })
  end

  it "knows gems, all their versions, newest first, with platforms and Ruby's own" do
    target = target_dir(environ: { "GEM_HOME" => "/bundle" }) do |t|
      %w[1.9.0 1.10.0].each { |version| specification(t, "/bundle", "rack", version) }
      specification(t, "/var/lib/gems/3.1.0", "ffi", "1.15.5", "x86_64-linux")
      specification(t, "/var/lib/gems/3.1.0", "rack-test", "2.0")
      t.write("/usr/local/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec", "# no stub\n")
    end
    assert_equal "rack (1.10.0, 1.9.0)\n", gem_list(target, "rack").stdout
    assert_equal "ffi (1.15.5 x86_64-linux)\n", gem_list(target, "ffi").stdout
    assert_equal "json (default: 2.6.1)\n", gem_list(target, "JSON").stdout
    resources = inspec(connect(target))
    assert_equal([true, "1.10.0", %w[1.10.0 1.9.0]],
                 %i[installed? version versions].map { |question| resources.gem("rack").public_send(question) })
    refute resources.gem("rac").installed?
    refute resources.gem("ra.k").installed?
    assert_match(/Unable to retrieve gem information/, inspec(connect(target_dir)).gem("x").resource_exception_message)
  end

  it "looks beside a gem program that is named by its path" do
    target = target_dir { |t| specification(t, "/opt/chef/embedded/lib/ruby/gems/3.1.0", "inspec", "5.0.0") }
    assert_equal "inspec (5.0.0)\n", gem_list(target, "inspec", "/opt/chef/embedded/bin/gem").stdout
    assert_equal 127, gem_list(target, "inspec").exit_status
  end

  it "has nothing to say for a gem or pip that is named by a path where there is none" do
    target = target_dir do |t|
      specification(t, "/var/lib/gems/3.1.0", "rack", "2.0")
      t.write("/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA", "Name: six\nVersion: 1.16.0\n")
    end
    assert_equal([127, 127, 0, 0], %w[/nothing/gem /a/b/bin/gem /usr/bin/gem /usr/local/bin/gem]
                                     .map { |path| gem_list(target, "rack", path).exit_status })
    assert_equal([127, 127, 0, 0], %w[/nothing/pip /a/b/bin/pip /usr/bin/pip /usr/local/bin/pip3]
                                     .map { |path| pip(target, "six", path).exit_status })
  end
end
