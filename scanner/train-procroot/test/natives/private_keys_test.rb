# frozen_string_literal: true

require "openssl"
require_relative "asking"
require_relative "../inspec_helper"

# x509_private_key without an openssl in the target, and beside a real one.
class PrivateKeysTest < InspecTest
  include Asking

  KEY = OpenSSL::PKey::RSA.new(2048)
  OTHER = OpenSSL::PKey::RSA.new(2048)
  # Its numbers do not belong together: the exponent is the other key's.
  BROKEN = OpenSSL::ASN1.decode(KEY.to_der).then do |numbers|
    numbers.value[3] = OpenSSL::ASN1::Integer(OTHER.d)
    "-----BEGIN RSA PRIVATE KEY-----\n#{[numbers.to_der].pack('m')}-----END RSA PRIVATE KEY-----\n"
  end

  def keys
    @keys ||= target_dir do |t|
      { "key" => KEY.to_pem, "locked" => KEY.to_pem(OpenSSL::Cipher.new("aes-256-cbc"), "secret"), "broken" => BROKEN,
        "ec" => OpenSSL::PKey::EC.generate("prime256v1").to_pem, "none" => "no key\n", "cert" => certificate(KEY),
        "other" => certificate(OTHER) }.each { |name, text| t.write("/#{name}", text) }
    end
  end

  it "tells valid keys, with their passphrase, from what is none" do
    resources = inspec(connect(keys))
    assert resources.x509_private_key("/key").valid?
    assert resources.x509_private_key("/locked", "secret").valid?
    refute resources.x509_private_key("/locked", "wrong").valid?
    %w[/locked /ec /none /nosuch].each { |path| refute resources.x509_private_key(path).valid?, path }
  end

  it "knows the certificate of a key" do
    resources = inspec(connect(keys))
    key = resources.x509_private_key("/key")
    assert key.has_matching_certificate?("/cert")
    refute key.has_matching_certificate?("/other")
    assert resources.x509_private_key("/locked", "secret").has_matching_certificate?("/cert")
  end

  it "says what this machine's openssl says" do
    skip "needs openssl to compare with" unless system("command -v openssl >/dev/null")
    %w[key locked broken ec none nosuch cert].each do |name|
      ["openssl rsa -in /#{name} -check -noout", "openssl rsa -in /#{name} -check -noout -passin pass:secret",
       "openssl rsa -noout -modulus -in /#{name} | openssl md5",
       "openssl x509 -noout -modulus -in /#{name} | openssl md5"].each do |text|
        theirs, _, status = Open3.capture3(text.sub(" /#{name}", " #{keys.path}/#{name}"), stdin_data: "", pgroup: true)
        ours = ask(keys, text, :x509_private_key)
        assert_equal status.exitstatus, ours.exit_status, text
        assert_equal theirs, ours.stdout, text if text.include?("md5")
      end
    end
  end

  it "does not check a key that is too large, and reads no endless file" do
    File.open(keys.on_host("/huge"), "w") { |file| file.truncate(5 << 30) }
    assert_raises(TrainProcroot::CouldNotLook) { ask(keys, "openssl rsa -in /huge -check -noout", :x509_private_key) }
  end

  it "leaves a control's own openssl alone" do
    refute inspec(connect(keys)).command("openssl").exist?
    assert_nil ask(keys, "openssl rsa -in /key -check -noout", :command)
  end

  private

  def certificate(key)
    OpenSSL::X509::Certificate.new.tap do |made|
      made.subject = made.issuer = OpenSSL::X509::Name.parse("/CN=test")
      made.public_key = key
      made.serial = 1
      made.version = 2
      made.not_before = Time.at(0)
      made.not_after = Time.at(2_000_000_000)
      made.sign(key, OpenSSL::Digest.new("SHA256"))
    end.to_pem
  end
end
