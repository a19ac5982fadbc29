# frozen_string_literal: true

require "digest"
require "train/file"
require_relative "errors"
require_relative "sys"

module TrainProcroot
  # Train's file API on the target's root. It answers what Train's remote (not its local) transport would, asked as
  # root inside the target: type and mode through links, names of the target's own users, nil for the content of what
  # is no regular file. What may not be looked at raises CouldNotLook instead of reading as absent.
  class TargetFile < Train::File::Remote::Linux
    TYPES = {
      0o140000 => :socket, 0o120000 => :symlink, 0o100000 => :file, 0o060000 => :block_device,
      0o040000 => :directory, 0o020000 => :character_device, 0o010000 => :pipe
    }.freeze

    # Nothing is passed to a shell, so no name needs escaping.
    def sanitize_filename(_path); end

    def exist? = look("exist") { !status.nil? }

    # Everything as one Hash, {} when there is nothing.
    def stat
      return {} unless look("stat") { status }

      { type: type, mode: mode, owner: owner, uid: uid, group: group, gid: gid, mtime: mtime, size: size,
        selinux_label: selinux_label }
    end

    def type = look("type") { status && TYPES.fetch(status.type_bits, :unknown) }
    def mode = look("mode") { status && (status.mode & 0o7777) }
    def size = look("size") { status&.size }
    def mtime = look("mtime") { status&.mtime }
    def uid = ownership("uid") { owners.uid(status.uid) }
    def gid = ownership("gid") { owners.gid(status.gid) }
    def owner = ownership("owner") { owners.user(owners.uid(status.uid)) }
    def group = ownership("group") { owners.group(owners.gid(status.gid)) }

    # The label that the file system holds; nil where there is none, as Train makes of the "?" that GNU stat prints.
    def selinux_label
      look("selinux_label") do
        @backend.root.xattr(@path, "security.selinux", follow: @follow_symlink)&.delete_suffix("\0")
      end
    end

    # Text of a regular file, nil for anything else.
    def content
      return look("content") { @content } if defined?(@content)

      @content = look("content") { @backend.root.read(@path)&.force_encoding(Encoding::UTF_8) }
    end

    def content=(_content)
      raise ReadOnly, "#{@path} is not written: a target is only looked at"
    end

    def md5sum = look("md5sum") { digest(Digest::MD5.new) }
    def sha256sum = look("sha256sum") { digest(Digest::SHA256.new) }

    # Has stdout, the lines of `mount` for this path.
    def mounted
      @mounted ||= look("mounted") { Natives::Mounts.on(@path, @backend.context) }
    end

    def symlink?
      look("symlink") { (@follow_symlink ? link_status : status)&.symlink? || false }
    end

    # As Train: where a followed link ends; the name that was given where the report must have one and may not look.
    def path = super || @path

    # The text of the link itself, nil when it is none.
    def shallow_link_path
      look("shallow_link_path") { text(@backend.root.readlink(@path)) }
    end

    private

    # Sys::Stat or nil; asked once.
    def status
      return @status if defined?(@status)

      @status = @backend.root.stat(@path, follow: @follow_symlink)
    end

    def link_status
      return @link_status if defined?(@link_status)

      @link_status = @backend.root.lstat(@path)
    end

    def owners = @backend.owners

    def ownership(what)
      look(what) do
        raise CouldNotLook, "ownership is not visible in an unprivileged user namespace" if @backend.ownership_hidden?

        status && yield
      end
    end

    # Full path of a link's end inside the root, "" on a loop.
    def read_target_path
      look("link_path") { text(@backend.root.realpath(@path)) }
    end

    # However large the file is; a sparse one may be larger than anyone can wait for.
    def digest(digest)
      limit = @backend.time_limit
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + limit
      read = @backend.root.each_chunk(@path) do |chunk|
        digest << chunk
        next if Process.clock_gettime(Process::CLOCK_MONOTONIC) < deadline

        raise CouldNotLook, "#{@path} takes longer than #{limit} s to read"
      end
      read && digest.hexdigest
    end

    def text(bytes) = bytes && String.new(bytes, encoding: Encoding::UTF_8)

    # Memoised answers are recorded as well: the ledger says for every control what it was told.
    def look(what, &)
      @backend.looking("file #{@path} #{what}", &)
    end
  end
end
