# frozen_string_literal: true

require_relative "errors"
require_relative "links"
require_relative "proc_view"
require_relative "sys"

module TrainProcroot
  # Files inside the target's root. Every path is resolved by the kernel as if that root were "/" (openat2,
  # RESOLVE_IN_ROOT), so no symbolic link leads out of it, and nothing is opened for reading before it is known to be
  # a regular file or a directory.
  #
  # Paths are Strings of any bytes. What is not there is nil (ENOENT, ENOTDIR, a loop of links); what may not be looked
  # at raises CouldNotLook. /proc/self, /proc/thread-self and /proc/1 are the target's main process.
  class Root
    # Content above this is not read into memory (a sparse file of 5 GB is no text); checksums have no limit.
    CONTENT_LIMIT = 64 * 1024 * 1024
    CHUNK = 1024 * 1024
    ABSENT = [Errno::ENOENT, Errno::ENOTDIR].freeze

    attr_reader :target

    def initialize(target)
      @target = target
      @fd = target.root_fd
      @proc = ProcView.new(target)
      @links = Links.new(@proc) { |path| open_path(path, false) }
    end

    # Sys::Stat of what `path` leads to, or nil.
    def stat(path, follow: true)
      at(path, follow: follow) { |_fd, stat| stat }
    end

    # Sys::Stat of the object itself, be it a link, or nil.
    def lstat(path) = stat(path, follow: false)

    def exist?(path) = !stat(path).nil?

    def file?(path) = stat(path)&.file? || false

    def directory?(path) = stat(path)&.directory? || false

    # The content of a regular file as an unfrozen binary String; nil when it is absent or no regular file.
    def read(path, limit = CONTENT_LIMIT)
      reading(path) do |io, stat|
        too_large(path, limit) if stat.size > limit
        content = String.new(capacity: stat.size)
        while (chunk = next_chunk(io, path))
          content << chunk
          too_large(path, limit) if content.bytesize > limit
        end
        @target.hide(content)
      end
    end

    # Gives a regular file's content in pieces, whatever its size; nil when it is absent or no regular file, else true.
    def each_chunk(path)
      reading(path) do |io, _stat|
        while (chunk = next_chunk(io, path))
          yield chunk
        end
        true
      end
    end

    # The text of a symbolic link, nil when it is none.
    def readlink(path)
      @proc.readlink(path) || at(path, follow: false) { |fd, stat| Sys.readlink(fd) if stat.symlink? }
    end

    # An extended attribute's bytes; nil when the object is absent or has none of that name.
    def xattr(path, name, follow: true)
      at(path, follow: follow) { |fd, _stat| Sys.getxattr("/proc/self/fd/#{fd}", name) }
    rescue CouldNotLook => e
      raise unless [Errno::ENODATA, Errno::EOPNOTSUPP].include?(e.cause.class)
    end

    # Names in a directory, sorted, without "." and ".."; nil when it is none.
    def children(path)
      at(path) do |fd, stat|
        next nil unless stat.directory?

        @target.entering { Dir.children("/proc/self/fd/#{fd}", encoding: Encoding::BINARY) }.sort
      end
    end

    # Absolute path without any link in it, as `readlink -f` prints: the last part need not exist. "" for a loop or
    # a missing parent.
    def realpath(path)
      guard(path) { @links.resolve(clean(path)) || "" }
    end

    # Paths that match a shell pattern (*, ?, [..], {..}), sorted; hidden names only when the pattern names the dot.
    def glob(pattern)
      expand_braces(pattern.b).flat_map { |one| glob_parts("/", one.split("/").reject(&:empty?)) }.uniq.sort
    end

    # May the target's main process execute the file (or search the directory)?
    def executable?(path) = access?(path, 1)

    # What access(2) says for a user: mode is a sum of 4 (read), 2 (write) and 1 (execute); ids as the scanner counts
    # them. Without a user, that of the target's main process. Uid 0 may do all but execute what nobody may.
    def access?(path, mode, uid: @target.uid, gid: @target.gid, groups: @target.groups)
      stat = stat(path) or return false
      return mode.nobits?(1) || stat.directory? || stat.mode.anybits?(0o111) if uid.zero?

      shift = if stat.uid == uid then 6
              elsif stat.gid == gid || groups.include?(stat.gid) then 3
              else 0
              end
      (stat.mode >> shift).allbits?(mode)
    end

    # Yields (descriptor, Sys::Stat) of an O_PATH descriptor inside the root; nil without yielding when absent.
    def at(path, follow: true)
      fd = nil
      guard(path) do
        fd, stat = locate(clean(path), follow)
        @target.alive!
        yield fd, stat if fd
      end
    ensure
      Sys.close(fd) if fd
    end

    private

    def guard(path)
      yield
    rescue SystemCallError => e
      @target.alive!
      raise CouldNotLook, "#{path}: #{CouldNotLook.cause_of(e)}"
    end

    def clean(path)
      path = path.b
      raise CouldNotLook, "#{path.inspect} holds a NUL byte" if path.include?("\0")
      return path if path.empty? || path.start_with?("/")

      # As a command in the target would take it.
      "#{@target.cwd.chomp('/')}/#{path}"
    end

    # [descriptor, stat], or nil when nothing is there.
    def locate(path, follow)
      fd, stat = open_path(path, follow)
      return [fd, stat] if stat.device != @proc.device || @proc.inside?(path)

      # A link led into /proc, perhaps to /proc/self: the scanner's own.
      Sys.close(fd)
      locate_by_walk(path, follow)
    rescue Errno::ENOENT, Errno::ENOTDIR
      passes_link?(path) ? locate_by_walk(path, follow) : nil
    rescue Errno::ELOOP
      locate_by_walk(path, follow)
    end

    def locate_by_walk(path, follow)
      found = @links.resolve(path, follow: follow)
      found && open_path(found, false)
    rescue *ABSENT, Errno::ELOOP
      nil
    end

    def open_path(path, follow)
      directory, path = @proc.locate(path, follow)
      fd = @target.entering { Sys.openat2(directory, path, Sys::O_PATH | (follow ? 0 : Sys::O_NOFOLLOW)) }
      [fd, Sys.fstat(fd)]
    end

    # Is there a link on the way to a path that could not be opened? Without one it is simply absent.
    def passes_link?(path)
      Sys.close(Sys.openat2(@fd, path, Sys::O_PATH, Sys::RESOLVE_IN_ROOT | Sys::RESOLVE_NO_SYMLINKS))
    rescue *ABSENT
      false
    rescue Errno::ELOOP
      true
    end

    # Opens for reading what an O_PATH descriptor already holds: the same object, known to be a regular file.
    def reopen(descriptor)
      flags = ::File::RDONLY | Sys::O_NONBLOCK | Sys::O_CLOEXEC
      ::File.for_fd(@target.entering { ::IO.sysopen("/proc/self/fd/#{descriptor}", flags) }, "rb")
    end

    def reading(path)
      at(path) do |fd, stat|
        next nil unless stat.file?

        io = reopen(fd)
        begin
          yield io, stat
        ensure
          io.close
        end
      end
    end

    def next_chunk(io, path)
      chunk = io.read_nonblock(CHUNK, exception: false)
      raise CouldNotLook, "#{path}: reading it would wait" if chunk == :wait_readable

      chunk
    end

    def too_large(path, limit)
      raise CouldNotLook, "#{path} is larger than #{limit} bytes"
    end

    def glob_parts(dir, parts)
      part, *rest = parts
      return [dir] unless part

      found = if part.match?(/[*?\[]/)
                (children(dir) || []).select { |name| ::File.fnmatch(part, name) }
              else
                lstat(join(dir, part)) ? [part] : []
              end
      found.flat_map { |name| glob_parts(join(dir, name), rest) }
    end

    def join(dir, name) = dir == "/" ? "/#{name}" : "#{dir}/#{name}"

    def expand_braces(pattern)
      match = pattern.match(/\{([^{}]*)\}/n) or return [pattern]

      match[1].split(",", -1).flat_map { |choice| expand_braces(match.pre_match + choice + match.post_match) }
    end
  end
end
