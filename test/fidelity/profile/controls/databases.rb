# frozen_string_literal: true

# Databases: where their files are, what those say, and what a session says. One root has the clients, all others lack them. Not asked: mongodb_session
# (its gem is none of the auditor's), and sybase_session beyond the missing client (it writes its question into the target).
mysql = "mysql_session('app', 'secret')"
oracle = "oracledb_session(user: 'system', password: 'secret', service: 'ORCL.localdomain')"
mssql = "mssql_session(user: 'sa', password: 'secret')"
db2 = "db2_executable_file_path: '/opt/ibm/db2/bin/db2', db_instance: 'db2inst1'"
dual = %q{query('SELECT * FROM dual')}

Ask.values(self, {
  "mysql" => %w[package service conf_path conf_dir data_dir log_dir log_path log_group log_dir_group].map { |ask| "mysql.#{ask}" },
  "mysql_conf: default" => ["mysql_conf.params.params", "mysql_conf('/etc/my.cnf').mysqld.params", "mysql_conf(mysql.conf_path).mysqld.datadir", "mysql_conf('/etc/my.cnf').content"],
  "mysql_session" => ["#{mysql}.query('select now()').output", "#{mysql}.query('show databases').lines", "#{mysql}.query('nothing here').output", "#{mysql}.query(\"name = 'have_ssl'\").stdout",
                      "#{mysql}.query('select 1 from nosuch').output", "mysql_session('app', 'wrong').query('show databases').output", "mysql_session.query('show databases').exit_status",
                      "mysql_session('app', 'secret', 'db.example.org', 3307).resource_id", "mysql_session('app', 'secret', nil, nil, '/run/mysqld/mysqld.sock').query('show databases').output"],
  "postgres" => %w[service version cluster data_dir conf_dir conf_path].map { |ask| "postgres.#{ask}" },
  "postgres_conf: default" => ["postgres_conf.params", "postgres_conf.port", "postgres_conf('/var/lib/pgsql/15/data/postgresql.conf').params", "postgres_hba_conf.params", "postgres_hba_conf.auth_method",
                               "postgres_ident_conf.params", "postgres_ident_conf.map_name"],
  "postgres_session" => ["postgres_session('app', 'secret').query('SHOW ssl;').output", "postgres_session('app', 'secret').query('SELECT 1 FROM nosuch').output",
                         "postgres_session('app', 'wrong').query('SHOW ssl;').output", "postgres_session('app', 'secret', nil, nil, '/run/postgresql').query('SHOW ssl;', ['db']).lines"],
  "mongodb" => ["mongodb.conf_path"],
  "mongodb_conf: default" => ["mongodb_conf.net", "mongodb_conf(mongodb.conf_path).security"],
  "cassandra" => ["cassandra.conf_path"],
  "cassandradb_conf: default" => ["cassandradb_conf.params", "cassandradb_conf.authorizer", "cassandradb_conf('/nothing').params"],
  "cassandradb_session" => ["cassandradb_session(user: 'app', password: 'secret').query('SELECT cluster_name FROM system.local').output",
                            "cassandradb_session(user: 'app', password: 'wrong').query('SELECT cluster_name FROM system.local').output",
                            "cassandradb_session(host: 'db', port: 9042).query('SELECT 1').output"],
  "oracle" => ["oracle.conf_path"],
  "oracledb_listener_conf" => ["oracledb_listener_conf.params", "oracledb_listener_conf.DEFAULT_SERVICE_LISTENER", "oracledb_listener_conf.ADMIN_RESTRICTIONS_LISTENER",
                               "oracledb_listener_conf('/opt/oracle/network/admin/listener.ora').content", "oracledb_listener_conf('/nothing').params"],
  "oracledb_session" => ["#{oracle}.#{dual}.row(0).column('dummy').value", "#{oracle}.query('SELECT name, state FROM users').rows", "#{oracle}.query('SELECT nothing').rows",
                         "oracledb_session(user: 'system', password: 'wrong').#{dual}.rows", "oracledb_session(as_os_user: 'oracle', as_db_role: 'sysdba', service: 'X').#{dual}.rows",
                         "oracledb_session(user: 'a', password: 'b', tns_alias: 'DB', env: { 'TNS_ADMIN' => '/x' }).#{dual}.size", "oracledb_session({}).#{dual}"],
  "oracledb_conf" => ["oracledb_conf(user: 'system', password: 'secret').audit_sys_operations", "oracledb_conf(user: 'system', password: 'wrong').audit_sys_operations"],
  "mssql_session" => ["#{mssql}.query('select 1 as login_mode').row(0).column('login_mode').value", "#{mssql}.query('select 1 as login_mode').size", "mssql_session(user: 'sa', password: 'wrong').query('x')"],
  "mssql_sys_conf" => ["mssql_sys_conf('clr_enabled', user: 'sa', password: 'secret').value_in_use", "mssql_sys_conf('nosuch', user: 'sa', password: 'secret').value_configured"],
  "sybase_session" => ["sybase_session(username: 'sa', password: 'secret', server: 'S', database: 'd').resource_failed?", "sybase_session(username: 'sa').resource_exception_message"],
  "ibmdb2_conf" => ["ibmdb2_conf(#{db2}).output", "ibmdb2_conf({}).output", "ibmdb2_conf(db2_executable_file_path: '/opt/ibm/db2/bin/db2', db_instance: 'nosuch').output"],
  "ibmdb2_session" => ["ibmdb2_session(#{db2}, db_name: 'sample').query('list database directory').output", "ibmdb2_session(#{db2}, db_name: 'sample').query('nosuch').output",
                       "ibmdb2_session({}).query('list database directory')"],
  "elasticsearch" => ["elasticsearch.node_name", "elasticsearch(url: 'http://127.0.0.1:1').node_count"]
})

Ask.verdicts(self, {
  "mysql_session" => { "#{mysql}.query('show databases')" => ["be_nil"], "mysql_session('app', 'wrong')" => ["be_nil"] },
  "elasticsearch" => { "elasticsearch" => ["exist"] },
  "mssql_session" => { mssql => ["be_nil"] },
  "sybase_session" => { "sybase_session(username: 'sa', password: 'secret', server: 'S', database: 'd')" => ["be_nil"] }
})
Ask.properties(self, {
  "mysql_conf" => { "mysql_conf('/etc/mysql/my.cnf')" => ["params include('mysqld')", "nosuch be_nil"], "mysql_conf('/nothing')" => ["mysqld be_nil"] },
  "mysql_session" => { "#{mysql}.query('show databases')" => ["output match(/mysql/)", "exit_status eq(0)"] },
  "postgres" => { "postgres" => ["conf_path match(/postgresql.conf/)", "version cmp('15')"] },
  "postgres_conf" => { "postgres_conf('/etc/postgresql/15/main/postgresql.conf')" => ["port cmp('5432')", "ssl eq('off')", "nosuch be_nil"], "postgres_conf('/nothing')" => ["port cmp('5432')", "nosuch be_nil"] },
  "postgres_hba_conf" => { "postgres_hba_conf('/etc/postgresql/15/main/pg_hba.conf').where { type == 'local' }" => ["auth_method include('peer')", "database be_empty", "user include('postgres')", "auth_params include('')"] },
  "postgres_ident_conf" => { "postgres_ident_conf('/etc/postgresql/15/main/pg_ident.conf')" => ["map_name include('map1')", "system_username include('app')"] },
  "postgres_session" => { "postgres_session('app', 'secret').query('SELECT passwd FROM pg_shadow')" => ["output eq('')"] },
  "mongodb_conf" => { "mongodb_conf" => ["security be_nil", "nosuch be_nil"], "mongodb_conf('/nothing')" => ["security be_nil"] },
  "cassandradb_conf" => { "cassandradb_conf('/etc/cassandra/cassandra.yaml')" => ["authenticator eq('PasswordAuthenticator')", "nosuch be_nil"] },
  "oracledb_listener_conf" => { "oracledb_listener_conf('/opt/oracle/network/admin/listener.ora')" => ["SEC_RELAX_CHECK eq('OFF')", "nosuch be_nil"], "oracledb_listener_conf('/nothing')" => ["SEC_RELAX_CHECK eq('OFF')"] },
  "oracledb_session" => { "#{oracle}.#{dual}.row(0).column('dummy')" => ["value eq('X')"] },
  "ibmdb2_conf" => { "ibmdb2_conf(#{db2})" => ["output be_empty", "output include('Audit buffer size (4KB) (AUDIT_BUF_SZ) = 0')"] },
  "rabbitmq_config" => { "rabbitmq_config" => ["params include('rabbit')"], "rabbitmq_config('/nothing')" => ["params be_empty"] }
})
