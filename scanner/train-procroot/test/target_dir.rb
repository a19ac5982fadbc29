# frozen_string_literal: true

require "fileutils"
require "io/wait"
require "rbconfig"
require "tmpdir"

# A small target: a directory made by the test, and a process of this machine's own `sleep` that has it as its root.
class TargetDir
  MOUNT = 0x20000
  USER = 0x10000000
  # mount, uts, ipc, pid and network; :mount for the first of them only
  CLONE_NEW = { true => MOUNT | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000, mount: MOUNT, false => 0 }.freeze

  # Seconds until a target that says nothing is given up.
  START_S = 20

  attr_reader :path, :pid

  # namespaces: true gives it mount, pid, ipc, uts and network namespaces of its own with /proc mounted; :mount a mount
  # namespace only, with /proc mounted; false none and no /proc. environ: the process's whole environment.
  # program: what the main process becomes, which add_programs put there; without one it is a Ruby that changed its ids,
  # which nobody but root may look into. map: gives it a user namespace too, whose id 0 is this id here.
  def initialize(namespaces: true, environ: {}, uid: 0, gid: 0, map: nil, program: [])
    @namespaces = namespaces
    @environ = environ
    @uid = uid
    @gid = gid
    @map = map
    @program = program
    @path = Dir.mktmpdir("procroot-test-").b
    FileUtils.chmod(0o755, @path)
    %w[proc dev etc tmp].each { |name| Dir.mkdir("#{@path}/#{name}") }
    write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/false\n")
    write("/etc/group", "root:x:0:\nshadow:x:42:\napp:x:1000:\n")
  end

  # Path on this machine of a path in the target.
  def on_host(name) = "#{@path}#{name}".b

  def write(name, content, mode: nil)
    FileUtils.mkdir_p(File.dirname(on_host(name)))
    File.binwrite(on_host(name), content)
    File.chmod(mode, on_host(name)) if mode
  end

  def mkdir(name, mode: 0o755)
    FileUtils.mkdir_p(on_host(name))
    File.chmod(mode, on_host(name))
  end

  def symlink(text, name)
    FileUtils.mkdir_p(File.dirname(on_host(name)))
    File.symlink(text, on_host(name))
  end

  # Copies programs of this machine with their libraries, so that they run inside.
  def add_programs(*programs)
    programs.each do |program|
      libraries = `ldd #{program}`.scan(%r{/\S+})
      [program, *libraries].each do |file|
        FileUtils.mkdir_p(File.dirname(on_host(file)))
        FileUtils.cp(file, on_host(file)) unless File.exist?(on_host(file))
      end
    end
  end

  # Starts the main process; the root stays as it was made.
  def start
    reader, writer = IO.pipe
    @keeper = fork { keep(reader, writer) }
    writer.close
    # The keeper says the pid, the main process that it is ready, whichever comes first.
    said = read_all(reader)
    @pid = said[/^\d+$/]&.to_i
    raise "the target did not start within #{START_S} s: #{said.inspect}" unless @pid && said.include?("ready")

    @target = TrainProcroot::Target.new(pid: @pid)
    self
  ensure
    reader.close
  end

  def target
    start unless @pid
    @target
  end

  def root = @root ||= TrainProcroot::Root.new(target)

  def context(options = {})
    TrainProcroot::Native::Context.new(target, root, options)
  end

  # The keeper ends with the main process; one that never told of a main process is ended itself.
  def stop
    return unless @keeper

    begin
      Process.kill(:KILL, @pid || @keeper)
    rescue Errno::ESRCH
      nil
    end
    Process.wait(@keeper)
    @keeper = nil
  end

  def remove
    stop
    FileUtils.rm_rf(@path)
  end

  private

  # All that is written until every writer has closed, or until the time is up.
  def read_all(reader)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + START_S
    said = +""
    while reader.wait_readable([deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC), 0].max)
      said << (reader.read_nonblock(4096, exception: false) || break)
    end
    said
  end

  # The keeper starts the main process in the new namespaces, tells its pid, and waits for it.
  def keep(reader, writer)
    reader.close
    unshare
    main = spawn(@environ, RbConfig.ruby, "--disable-gems", File.join(__dir__, "target_main.rb"), @path,
                 @uid.to_s, @gid.to_s, @namespaces ? "1" : "0", writer.fileno.to_s, *@program,
                 unsetenv_others: true, writer => writer)
    writer.syswrite("#{main}\n")
    writer.close
    Process.wait(main)
  ensure
    exit!(0)
  end

  def unshare
    return TrainProcroot::Sys.call(:unshare, CLONE_NEW.fetch(@namespaces)) unless @map

    # Someone outside the new user namespace must say which ids it has.
    wait, done = IO.pipe
    outside = fork { map_ids(wait, done) }
    TrainProcroot::Sys.call(:unshare, CLONE_NEW.fetch(@namespaces) | USER)
    done.close
    Process.wait(outside)
    Process::Sys.setgid(0)
    Process::Sys.setuid(0)
  end

  def map_ids(wait, done)
    done.close
    wait.read
    %w[uid_map gid_map].each { |name| File.write("/proc/#{Process.ppid}/#{name}", "0 #{@map} 65536\n") }
  ensure
    exit!(0)
  end
end
