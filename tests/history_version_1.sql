-- A history of version 1, as twitchcam 0.1.0 would have written it. Never changed: tests open it.
PRAGMA application_id = 1953981288;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE answers (
        session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
        content TEXT NOT NULL
    );
INSERT INTO "answers" VALUES(1,'{"pain":false}');
CREATE TABLE event (
        session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        onset REAL NOT NULL,
        duration REAL NOT NULL,
        trial_type TEXT NOT NULL,
        side TEXT NOT NULL,
        region TEXT NOT NULL,
        regions TEXT NOT NULL,
        amplitude_mm REAL,
        peak REAL,
        snr REAL,
        run INTEGER,
        gated TEXT NOT NULL,
        PRIMARY KEY (session_id, number)
    );
INSERT INTO "event" VALUES(1,0,5.0,0.2,'twitch','left','commissure_left','commissure_left',0.4,5.1,8.0,NULL,'');
INSERT INTO "event" VALUES(1,1,15.0,0.2,'twitch','left','commissure_left','commissure_left',0.4,15.1,8.0,NULL,'');
INSERT INTO "event" VALUES(1,2,25.0,0.2,'twitch','left','commissure_left','commissure_left',0.4,25.1,8.0,NULL,'');
CREATE TABLE mark (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        content TEXT NOT NULL
    );
INSERT INTO "mark" VALUES(1,1,'2026-02-03','a mark');
CREATE TABLE note (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        session_id INTEGER REFERENCES session (id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        content TEXT NOT NULL
    );
INSERT INTO "note" VALUES(1,1,1,'2026-02-01','a note');
CREATE TABLE person (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    );
INSERT INTO "person" VALUES(1,'me');
CREATE TABLE region (
        session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        events INTEGER,
        rate_per_min REAL,
        amplitude_mm REAL,
        min_detectable_mm REAL,
        PRIMARY KEY (session_id, name)
    );
INSERT INTO "region" VALUES(1,'commissure_left',3,3.0,0.4,0.15);
CREATE TABLE result (
        session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
        summary TEXT NOT NULL,
        verdict TEXT NOT NULL,
        usable_s REAL NOT NULL,
        duration_s REAL NOT NULL,
        fps REAL,
        eye_distance_px REAL,
        min_detectable_mm REAL,
        events INTEGER,
        rate_per_min REAL,
        rate_low REAL,
        rate_high REAL,
        runs INTEGER,
        amplitude_mm REAL,
        amplitude_low REAL,
        amplitude_high REAL,
        asymmetry REAL,
        asymmetry_low REAL,
        asymmetry_high REAL,
        side TEXT,
        dominant_hz REAL,
        level TEXT
    );
INSERT INTO "result" VALUES(1,'{"schema":"twitchcam.summary/1","source":{"file":"old.mp4","sha256":"abababababababababababababababababababababababababababababababab","duration_s":64.0,"fps":30.0},"tracker":{"backend":"facemesh","version":"0.10.21","model_sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"},"quality":{"verdict":"ok","usable_s":60.0,"eye_distance_px":100.0,"by_region":{"commissure_left":{"noise_um_rthz":5.0,"min_detectable_mm":0.15}}},"lips":{"events":3,"rate_per_min":3.0,"runs":0,"amplitude_mm":{"median":0.4,"p95":0.5,"max":0.5,"median_ci":[0.3,0.5]},"asymmetry":{"index":0.9,"ci":[0.8,1.0]},"side":"left","dominant_hz":null},"regions":{"commissure_left":{"events":3,"rate_per_min":3.0,"amplitude_mm":0.4,"dominant_hz":null}},"tasks":[],"triage":{"level":"self_care","rules_version":"2"}}','ok',60.0,64.0,30.0,100.0,0.15,3,3.0,6.18672122895601472869e-01,8.76727306974232334368e+00,0,0.4,0.3,0.5,0.9,0.8,1.0,'left',NULL,'self_care');
CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        filmed_at TEXT NOT NULL,
        filmed_from TEXT NOT NULL,
        added_at TEXT NOT NULL,
        protocol TEXT NOT NULL,
        backend TEXT NOT NULL,
        backend_version TEXT NOT NULL,
        model_sha256 TEXT NOT NULL,
        program_version TEXT NOT NULL,
        rules_version TEXT NOT NULL,
        UNIQUE (person_id, fingerprint)
    );
INSERT INTO "session" VALUES(1,1,'abababababababababababababababababababababababababababababababab','2026-02-01T18:00','given','2026-02-02T08:00:00','free','facemesh','0.10.21','cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd','0.1.0','2');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('session',1);
INSERT INTO "sqlite_sequence" VALUES('note',1);
INSERT INTO "sqlite_sequence" VALUES('mark',1);
COMMIT;
