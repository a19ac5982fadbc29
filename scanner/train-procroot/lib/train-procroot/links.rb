# frozen_string_literal: true

require_relative "errors"
require_relative "sys"

module TrainProcroot
  # Follows links one by one inside the root, where the kernel cannot be left to do it: for the path without links, and
  # where a link leads into /proc, whose own links mean the process that asks.
  class Links
    # As many as the kernel follows.
    MAX = 40

    # opener: path => [O_PATH descriptor, Sys::Stat] of the object itself, without following its last part.
    def initialize(proc_view, &opener)
      @proc = proc_view
      @opener = opener
    end

    # A path without links, whose last part need not exist; nil where there is a loop or a missing parent.
    # follow: false leaves the last part as it is. Raises SystemCallError where it may not look.
    def resolve(path, follow: true)
      todo = path.split("/")
      done = []
      links = 0
      while (part = todo.shift)
        last = todo.all? { |rest| ["", "."].include?(rest) }
        case step(done, part, last && !follow)
        in :gone then return nil
        in :missing then return last ? absolute(done) : nil
        in :file then return nil unless last
        in :directory then next
        in String => text
          return nil if (links += 1) > MAX

          todo.unshift(*text.split("/"))
        end
      end
      absolute(done)
    end

    private

    # Adds one part to `done`: what it is there, or the text of the link that stands in its place.
    def step(done, part, as_it_is)
      return :directory if ["", "."].include?(part) || (part == ".." && (done.pop || true))

      done << part
      here = absolute(done)
      opened(here) do |fd, stat|
        next :file if as_it_is || !(stat.symlink? || stat.directory?)
        next :directory if stat.directory?

        done.pop
        text(here, fd, stat).tap { |text| done.clear if text.start_with?("/") }
      end
    end

    def opened(path)
      fd, stat = @opener.call(path)
      yield fd, stat
    rescue Errno::ENOENT
      :missing
    rescue Errno::ENOTDIR
      :gone
    ensure
      Sys.close(fd) if fd
    end

    def text(path, fd, stat)
      own = @proc.readlink(path)
      return own if own

      text = Sys.readlink(fd)
      stat.device == @proc.device ? @proc.follow_magic(path, text) : text
    end

    def absolute(parts) = "/#{parts.join('/')}"
  end
end
