using System.Globalization;
using MolSampling.Jobs.LearnedPotentials;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Neural;
using MolSampling.Tests.Cli;
using MolSampling.Tests.Torch;
using static TorchSharp.torch;

namespace MolSampling.Tests.Jobs.LearnedPotentials;

/// <summary>Potentials that are learned: the gradient of the loss, and whole small trainings of methanol by another force field.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class PotentialTrainingTests(PotentialTrainingTests.Methanol methanol)
    : IClassFixture<PotentialTrainingTests.Methanol>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-potential-").FullName;

    private static readonly PotentialConfig s_config = new()
    {
        Molecule = "CO",
        Labels = "sage-2.2.1",
        Frames = 120,
        Test = 60,
        Members = 3,
        Hidden = [24, 16],
        Epochs = 12,
        Batch = 8,
    };

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>One training for all facts that only look at it.</summary>
    public sealed class Methanol : IDisposable
    {
        public Methanol()
        {
            var training = PotentialTraining.Start(s_config, Folder);
            Assert.True(training.Run());
            Result = training.Result!;
        }

        public string Folder { get; } = Path.Combine(Directory.CreateTempSubdirectory("molsampling-methanol-").FullName, "methanol");

        public TrainedPotential Result { get; }

        public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, true);
    }

    [Fact]
    public void The_loss_has_the_gradient_of_what_it_says()
    {
        AniModel model = AniModel.TwoX.Of([1, 6, 8]);
        using RDKitMolecule molecule = Water(out int[] numbers);
        var random = new RandomSource(4);
        float[] x = [.. Enumerable.Range(0, 6).SelectMany(_ => new[] { 0, 0, 0, 0.0957, 0, 0, -0.024, 0.0927, 0 })
            .Select(v => (float)(v + 0.004 * random.NextNormal()))];
        var frames = new LabelledFrames(numbers, x, [.. Enumerable.Range(0, 6).Select(_ => 20 * random.NextNormal())],
            [.. x.Select(_ => (float)(800 * random.NextNormal()))]);
        using var set = new FeaturedFrames(frames, model, [0, 0, 0], 1);
        (float[], float[])[] inputs = [.. model.Elements.Select(_ => (new float[model.FeatureCount],
            Enumerable.Repeat(0.5f, model.FeatureCount).ToArray()))];
        using var networks = new AtomNetworks(inputs, [8, 6], 10, 1);
        networks.Initialize(random);
        using (no_grad()) // on the bent side of celu: at 0 its second derivative jumps, and differences see that
            foreach ((string path, MolSampling.Flows.Parameter bias) in networks.State)
                if (path.EndsWith("bias", StringComparison.Ordinal))
                    bias.Value.sub_(3);
        int[] all = [.. Enumerable.Range(0, 6)];
        const double weight = 0.3;

        double Value()
        {
            (float[] e, float[] f) = ForceMatching.Evaluate(networks, set, all);
            return weight * e.Zip(set.Energies, (a, b) => (double)(a - b) * (a - b)).Average()
                + 0.01 * f.Zip(frames.Forces, (a, b) => (double)(a - b) * (a - b)).Average();
        }

        using IDisposable scope = TorchSharp.torch.NewDisposeScope();
        (Tensor loss, double energyError, double forceError) = ForceMatching.Loss(networks, set, all, weight);
        Assert.Equal(Value(), weight * energyError + forceError, 1e-4 * Value());
        Tensor[] weights = [.. networks.Weights.Select(w => w.Value)];
        IList<Tensor> gradients = autograd.grad([loss], weights, allow_unused: true);
        int looked = 0;
        for (int w = 0; w < weights.Length; w++)
        {
            if (gradients[w] is null || gradients[w].IsInvalid || gradients[w].abs().max().item<float>() < 1)
                continue; // no carbon in water
            long at = gradients[w].abs().argmax().item<long>();
            double h = 3e-3, slope = (Moved(weights[w], at, h) - Moved(weights[w], at, -h)) / (2 * h), own = gradients[w].reshape(-1)[at]
                .item<float>();
            Assert.Equal(slope, own, 0.01 * Math.Abs(slope) + 0.3);
            Assert.NotEqual(slope, -own, 0.5 * Math.Abs(slope)); // the bound sees a wrong sign
            looked++;
        }
        Assert.True(looked >= 8, $"{looked} weights with a gradient");

        double Moved(Tensor weight, long at, double by)
        {
            using (no_grad())
                weight.reshape(-1)[at].add_(by);
            double value = Value();
            using (no_grad())
                weight.reshape(-1)[at].sub_(by);
            return value;
        }
    }

    [Fact]
    public void Networks_learn_what_the_force_field_leaves()
    {
        HeldOutErrors errors = methanol.Result.HeldOut!;
        (double energy, double force) = Untrained();
        Assert.True(errors.EnergyRoot < 0.4 * energy, $"{errors.EnergyRoot} of {energy} kJ/mol");
        Assert.True(errors.ForceRoot < 0.4 * force, $"{errors.ForceRoot} of {force} kJ/mol/nm");
        Assert.Equal(60, errors.Frames);
        Assert.InRange(errors.Within95, 0.7, 1);
        Assert.Equal((120, 3, "mmff94s", "CH4O"), (methanol.Result.Frames, methanol.Result.Members, methanol.Result.Base,
            Assert.Single(methanol.Result.Formulas)));
    }

    [Fact]
    public void Noise_is_not_learned_and_shows_on_frames_that_were_left_out()
    {
        const double noise = 2500; // kJ/mol/nm
        var random = new RandomSource(5);
        LabelledFrames frames = Labels();
        string file = Path.Combine(_folder, "noise.xyz");
        using (var writer = new StreamWriter(file))
            for (int s = 0; s < frames.Count; s++)
            {
                var rows = new Range(s * frames.Coordinates, (s + 1) * frames.Coordinates);
                LabelledXyz.Write(writer, frames.AtomicNumbers, frames.Positions.AsSpan(rows), frames.Energies[s],
                    [.. frames.Forces[rows].Select(f => f + noise * random.NextNormal())], "noise");
            }
        var training = PotentialTraining.Start(s_config with { Molecule = null, Data = file }, Path.Combine(_folder, "out"));
        Assert.True(training.Run());
        Assert.True(training.Result!.HeldOut!.ForceRoot > 0.95 * noise, $"{training.Result.HeldOut.ForceRoot}");
    }

    [Fact]
    public void The_engine_s_networks_are_those_that_were_trained()
    {
        // the held-out table was made by torch, the energies here by the engine from the files
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles("CO");
        EnergyModel model = MoleculeEnergies.Create(methanol.Folder, molecule);
        Assert.Empty(model.Notes);
        Potential mmff = MoleculeEnergies.Create("mmff94s", molecule).Potential;
        LabelledFrames frames = Labels();
        var committee = (ICommittee)model.Potential;
        double[] f = new double[frames.Coordinates], members = new double[3];
        (double Label, double Networks)[] engine = [.. Enumerable.Range(0, frames.Count).Select(s =>
        {
            double[] x = [.. frames.Positions.AsSpan(s * f.Length, f.Length).ToArray().Select(v => (double)v)];
            double u = model.Potential.EvaluateDouble(x, f), shared = mmff.EvaluateDouble(x, f);
            committee.MemberEnergies(x, members);
            Assert.Equal(u, members.Average(), 1e-6);
            return (frames.Energies[s] - shared, u - shared);
        })];
        double[][] rows = [.. File.ReadAllLines(Path.Combine(methanol.Folder, "held-out.csv")).Skip(1).Select(r => r.Split(',').Skip(1)
            .Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(60, rows.Length);
        // rows have means taken off: the one shift under which every row finds its frame
        (double Label, double Networks)? Frame(double[] row, double shift) => engine.Where(e => Math.Abs(e.Label - shift - row[0]) < 1e-3)
            .Select(e => ((double, double)?)e).FirstOrDefault();
        double shift = engine.Select(e => e.Label - rows[0][0]).Single(c => rows.All(r => Frame(r, c) is not null));
        double[] differences = [.. rows.Select(r => Frame(r, shift)!.Value.Networks - r[1])];
        Assert.True(differences.Max() - differences.Min() < 0.01, $"{differences.Min()} to {differences.Max()} kJ/mol");
    }

    [Fact]
    public void Stopped_and_resumed_it_ends_with_the_same_bytes_whatever_the_threads()
    {
        string again = Path.Combine(_folder, "again");
        int calls = 0;
        using (var stop = new CancellationTokenSource())
        {
            var training = PotentialTraining.Start(s_config with { Threads = 1 }, again);
            Assert.False(training.Run(p =>
            {
                if (p.Stage == "networks" && ++calls == 16)
                    stop.Cancel();
            }, stop.Token));
        }
        File.AppendAllText(Path.Combine(again, "labels.xyz"), "6\nProperties=species:S:1"); // of a frame that a kill cut off
        Assert.True(PotentialTraining.Resume(again).Run());
        foreach (string file in new[] { TrainedPotential.WeightsFile, TrainedPotential.FileName, "curve.csv", "held-out.csv" })
            Assert.True(File.ReadAllBytes(Path.Combine(methanol.Folder, file)).AsSpan().SequenceEqual(
                File.ReadAllBytes(Path.Combine(again, file))), file);
    }

    [Fact]
    public void Labels_of_other_settings_are_refused()
    {
        string folder = Path.Combine(_folder, "seed");
        using (var stop = new CancellationTokenSource())
            Assert.False(PotentialTraining.Start(s_config, folder).Run(p =>
            {
                if (p.Stage.StartsWith("labels", StringComparison.Ordinal))
                    stop.Cancel();
            }, stop.Token));
        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"seed\": 1", "\"seed\": 2", StringComparison.Ordinal));
        var e = Assert.Throws<MoleculeFormatException>(() => PotentialTraining.Resume(folder).Run());
        Assert.Contains("made with other settings", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_file_cannot_give_is_refused_before_the_folder_is_taken()
    {
        string folder = Path.Combine(_folder, "taken");
        var e = Assert.Throws<ArgumentException>(() => PotentialTraining.Start(s_config with
        {
            Molecule = null,
            Data = Path.Combine(methanol.Folder, "labels.xyz"),
            Frames = 1000,
        }, folder));
        Assert.Contains("there are 180", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Checkpoints_of_other_labels_are_refused()
    {
        string folder = Path.Combine(_folder, "edited");
        using (var stop = new CancellationTokenSource())
            Assert.False(PotentialTraining.Start(s_config, folder).Run(p =>
            {
                if (p.Stage == "networks")
                    stop.Cancel();
            }, stop.Token));
        string labels = Path.Combine(folder, "labels.xyz");
        string[] lines = File.ReadAllLines(labels);
        string[] words = lines[1].Split(' ');
        int at = Array.FindIndex(words, w => w.StartsWith("energy=", StringComparison.Ordinal));
        double energy = double.Parse(words[at].Split('=')[1], CultureInfo.InvariantCulture);
        words[at] = string.Create(CultureInfo.InvariantCulture, $"energy={energy + 1e-4:r}");
        lines[1] = string.Join(' ', words);
        File.WriteAllLines(labels, lines);
        var e = Assert.Throws<InvalidDataException>(() => PotentialTraining.Resume(folder).Run());
        Assert.Contains("another random stream", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_and_foreign_files_are_refused_in_one_line()
    {
        string copy = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (string file in new[] { TrainedPotential.WeightsFile, TrainedPotential.FileName })
            File.Copy(Path.Combine(methanol.Folder, file), Path.Combine(copy, file));
        string weights = Path.Combine(copy, TrainedPotential.WeightsFile), description = Path.Combine(copy, TrainedPotential.FileName);
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^5] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Refused("not the weights");
        File.Delete(weights);
        Refused(TrainedPotential.WeightsFile);
        string text = File.ReadAllText(description);
        foreach ((string from, string to, string words) in new[] { ("\"schema\": 1", "\"schema\": 9", "format 9"),
            ("\"members\": 3", "\"members\": 0", "0 members"), ("\"seed\"", "\"sead\"", "no trained potential"),
            ("\"ani2x\"", "\"soap\"", "features 'soap'") })
        {
            File.WriteAllText(description, text.Replace(from, to, StringComparison.Ordinal));
            Refused(words);
        }

        void Refused(string words)
        {
            using RDKitMolecule molecule = RDKitMolecule.FromSmiles("CO");
            var e = Assert.Throws<MoleculeFormatException>(() => MoleculeEnergies.Create(copy, molecule));
            Assert.Contains(words, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    [Fact]
    public void Other_molecules_get_a_note_and_unknown_elements_an_error()
    {
        using RDKitMolecule ethanol = RDKitMolecule.FromSmiles("CCO"), amine = RDKitMolecule.FromSmiles("CN"),
            ion = RDKitMolecule.FromSmiles("C[O-]");
        Assert.Contains("was trained on CH4O, not on C2H6O", Assert.Single(MoleculeEnergies.Create(methanol.Folder, ethanol).Notes),
            StringComparison.Ordinal);
        Assert.Contains("knows H C O only", Assert.Throws<ParameterizationException>(() => MoleculeEnergies.Create(methanol.Folder,
            amine)).Message, StringComparison.Ordinal);
        Assert.Contains("net charge of -1", Assert.Throws<ParameterizationException>(() => MoleculeEnergies.Create(methanol.Folder,
            ion)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_simulation_keeps_its_potential_and_goes_on_without_the_folder()
    {
        string copy = Path.Combine(_folder, "mine"), run = Path.Combine(_folder, "run");
        Directory.CreateDirectory(copy);
        foreach (string file in new[] { TrainedPotential.WeightsFile, TrainedPotential.FileName })
            File.Copy(Path.Combine(methanol.Folder, file), Path.Combine(copy, file));
        string[] settings = ["--time-step", "1fs", "--frame", "10fs", "--checkpoint", "20fs", "--replicas", "2"];
        CommandLine first = CommandLine.Run(["simulate", "CO", "--potential", copy, "--time", "40fs", "-o", run, .. settings]);
        Assert.True(first.ExitCode == 0, first.Error);
        Directory.Delete(copy, true);
        CommandLine resumed = CommandLine.Run("simulate", "--resume", run, "--time", "80fs");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        CommandLine over = CommandLine.Run(["simulate", "CO", "--time", "20fs", "-o", run, "--overwrite", .. settings]);
        Assert.True(over.ExitCode == 0, over.Error);
        Assert.False(File.Exists(Path.Combine(run, "input", TrainedPotential.WeightsFile)));
    }

    [Fact]
    public void Energies_come_with_the_members_disagreement_and_say_what_was_not_learned()
    {
        CommandLine own = CommandLine.Run("energy", "CO", "--potential", methanol.Folder),
            other = CommandLine.Run("energy", "OCC=O", "--potential", methanol.Folder);
        Assert.Contains("3 members, standard deviation", own.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("not learned", own.Output, StringComparison.Ordinal);
        Assert.Contains("such a geometry was not learned", other.Output, StringComparison.Ordinal);
        Assert.Contains("not on C2H4O2", other.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no label", "train", "potential", "nothing.npz", "--energy-unit", "eV")]
    [InlineData("no training is there", "train", "potential", "--resume", "-o", "nowhere")]
    [InlineData("folder without potential.json", "energy", "CO", "--potential", "FOLDER")]
    public void Wrong_command_lines_get_one_line_and_exit_code_2(string words, params string[] arguments)
    {
        CommandLine line = CommandLine.Run([.. arguments.Select(a => a == "FOLDER" ? _folder : a)]);
        Assert.Equal(2, line.ExitCode);
        Assert.Single(line.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        if (words != "no label") // the file itself is missing
            Assert.Contains(words, line.Error, StringComparison.Ordinal);
        Assert.StartsWith("molsampling: ", line.Error, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> WrongSettings() => new()
    {
        { "{}", "labelled frames" },
        { "{ \"molecule\": \"CO\", \"frames\": 3 }", "frames must lie" },
        { "{ \"molecule\": \"CO\", \"test\": 5 }", "at least 20" },
        { "{ \"molecule\": \"CO\", \"base\": \"gfn2\", \"labels\": \"mmff94\" }", "base gfn2" },
        { "{ \"molecule\": \"CO\", \"labels\": \"mmff94\", \"energyUnit\": \"eV\" }", "units" },
        { "{ \"molecule\": \"CO\", \"labels\": \"mmff94\", \"hidden\": [0] }", "hidden layers" },
        { "{ \"molecule\": \"CO\", \"labels\": \"mmff94\", \"learningRate\": 0 }", "learningRate" },
        { "{ \"molecule\": \"CO\", \"labels\": \"mmff94\", \"features\": \"soap\" }", "features" },
        { "{ \"molecule\": \"CO\", \"labels\": \"none\" }", "none" },
    };

    [Theory]
    [MemberData(nameof(WrongSettings))]
    public void Settings_that_make_no_training_are_refused_before_anything_is_written(string json, string words)
    {
        string folder = Path.Combine(_folder, "none");
        PotentialConfig config = ConfigJson.Parse<PotentialConfig>(json, "settings.json", "training of a potential");
        var e = Assert.ThrowsAny<Exception>(() => PotentialTraining.Start(config, folder));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [SkippableFact]
    public void Ethanol_by_its_published_labels()
    {
        SlowTests.Require();
        var training = PotentialTraining.Start(new() { Data = SharedData.Require("ethanol/ethanol.npz"),
            EnergyUnit = "kcal/mol", Test = 1000, Members = 2, Epochs = 60 }, Path.Combine(_folder, "ethanol"));
        Assert.True(training.Run());
        HeldOutErrors errors = training.Result!.HeldOut!;
        Assert.True(errors.ForceMean < 0.65 * 41.84, $"{errors.ForceMean / 41.84} kcal/mol/A");
        Assert.True(errors.EnergyMean < 0.14 * 4.184, $"{errors.EnergyMean / 4.184} kcal/mol");
    }

    /// <summary>Scatter of the labels less the force field: what no learning leaves.</summary>
    private (double Energy, double Force) Untrained()
    {
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles("CO");
        Potential mmff = MoleculeEnergies.Create("mmff94s", molecule).Potential;
        LabelledFrames frames = Labels();
        double[] f = new double[frames.Coordinates];
        double force = 0;
        double[] rest = [.. Enumerable.Range(0, frames.Count).Select(s =>
        {
            double u = mmff.EvaluateDouble([.. frames.Positions.AsSpan(s * f.Length, f.Length).ToArray().Select(v => (double)v)], f);
            for (int k = 0; k < f.Length; k++)
                force += Math.Pow(frames.Forces[s * f.Length + k] - f[k], 2) / ((double)f.Length * frames.Count);
            return frames.Energies[s] - u;
        })];
        double mean = rest.Average();
        return (Math.Sqrt(rest.Average(r => (r - mean) * (r - mean))), Math.Sqrt(force));
    }

    /// <summary>The labels, atoms in the molecule's order.</summary>
    private LabelledFrames Labels()
    {
        using var reader = new StreamReader(Path.Combine(methanol.Folder, "labels.xyz"));
        return Assert.Single(FrameFile.Collect(LabelledXyz.Read(reader, "labels.xyz"), new("eV", "eV/angstrom", "angstrom"),
            "labels.xyz").Sets);
    }

    private static RDKitMolecule Water(out int[] numbers)
    {
        RDKitMolecule water = RDKitMolecule.FromSmiles("O");
        numbers = [.. water.Molecule.Atoms.Select(a => a.AtomicNumber)];
        return water;
    }
}
