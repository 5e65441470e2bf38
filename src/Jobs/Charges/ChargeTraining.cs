using System.Globalization;
using System.Text;
using MolSampling.Flows.Storage;
using MolSampling.Flows.Training;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields.Charges;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Charges;

/// <summary>Settings of <see cref="ChargeTraining"/>.</summary>
/// <param name="Members">Networks that are averaged.</param>
/// <param name="Width">Of a vertex's state.</param>
/// <param name="Layers">Of messages.</param>
/// <param name="Epochs">Passes over the molecules.</param>
/// <param name="Molecules">A step.</param>
/// <param name="LearningRate">Of Adam, falling to zero by a cosine.</param>
/// <param name="WeightDecay">Of Adam.</param>
/// <param name="Dropout">Share of a layer's update that is left out.</param>
/// <param name="Split">Which molecules are for training.</param>
internal sealed record ChargeTrainingSettings(int Members = 2, int Width = 160, int Layers = 5, int Epochs = 50, int Molecules = 24,
    double LearningRate = 2e-3, double WeightDecay = 0.05, double Dropout = 0.05, ChargeSplit Split = ChargeSplit.Molecule);

/// <summary>One line of the training curve: means over molecules of the root-mean-square deviation of a molecule's charges, e; of training
/// with dropout.</summary>
internal sealed record ChargeEpoch(int Member, int Epoch, double Training, double Validation);

/// <summary>
/// From charges to the weights of a <see cref="ChargeNetwork"/>, in a directory: member-N.safetensors and .csv (kept over a kill),
/// network.safetensors, curve.csv, environments.txt. What comes out is a function of (data, settings, seed). Each molecule counts the same:
/// the loss is the mean of root-mean-square deviations. The epoch with the lowest one on the validation molecules is kept.
/// </summary>
internal sealed class ChargeTraining(string directory, ChargeTrainingSettings settings, ulong seed)
{
    private const double LongestGradient = 1, LossFloor = 1e-3; // e; the root has no slope at zero
    private const int WarmUp = 100; // steps

    /// <summary>Runs.</summary>
    /// <param name="examples">All of them; the split says which are trained on.</param>
    /// <param name="progress">May be null.</param>
    /// <param name="cancellation">Between epochs.</param>
    /// <exception cref="OperationCanceledException">Networks that were ready are kept.</exception>
    public void Run(IReadOnlyList<ChargeExample> examples, Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        Directory.CreateDirectory(directory);
        ChargeExample[] training = [.. examples.Where(e => e.Part(settings.Split) == ChargePart.Training)],
            validation = [.. examples.Where(e => e.Part(settings.Split) == ChargePart.Validation)];
        var tensors = new Dictionary<string, Tensor>();
        var curve = new StringBuilder("member,epoch,training,validation\n");
        using DisposeScope scope = NewDisposeScope();
        for (int member = 0; member < settings.Members; member++)
        {
            string path = Path.Combine(directory, $"member-{member}");
            if (!File.Exists($"{path}.safetensors"))
                Train(member, training, validation, path, progress, cancellation);
            foreach ((string name, Tensor value) in SafeTensors.Read($"{path}.safetensors").Tensors)
                tensors.Add($"{member}.{name}", value);
            curve.Append(File.ReadAllText($"{path}.csv"));
        }
        SafeTensors.Write(Path.Combine(directory, "network.safetensors"), tensors, new Dictionary<string, string>
            { ["molecules"] = $"{training.Length}", ["seed"] = $"{seed}" });
        var environments = new ChargeEnvironments();
        foreach (ChargeExample example in training)
            environments.Add(example.Molecule, example.Graph);
        Write("environments.txt", environments.ToString());
        Write("curve.csv", curve.ToString());
    }

    private void Write(string name, string text)
    {
        using var file = new PendingFile(Path.Combine(directory, name));
        file.Stream.Write(Encoding.UTF8.GetBytes(text));
        file.Keep();
    }

    private void Train(int member, ChargeExample[] training, ChargeExample[] validation, string path, Action<TaskProgress>? progress,
        CancellationToken cancellation)
    {
        RandomSource random = new RandomSource(seed).Split(member);
        using var model = new ChargeModel(settings.Width, settings.Layers);
        model.Initialize(random.Split("weights"));
        using var adam = new Adam(model, settings.LearningRate, weightDecay: settings.WeightDecay);
        using var generator = new Generator((ulong)(random.Split("dropout").NextDouble() * (1L << 52)));
        ChargeExample[] order = [.. training];
        int batch = Math.Min(settings.Molecules, order.Length), perEpoch = order.Length / batch, steps = settings.Epochs * perEpoch;
        double best = double.PositiveInfinity;
        var curve = new StringBuilder();
        for (int epoch = 1, step = 0; epoch <= settings.Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            RandomSource shuffle = random.Split($"epoch {epoch}");
            for (int n = order.Length - 1; n > 0; n--)
            {
                int m = shuffle.NextInt(n + 1);
                (order[n], order[m]) = (order[m], order[n]);
            }
            double lost = 0;
            for (int b = 0; b < perEpoch; b++, step++)
            {
                using DisposeScope scope = NewDisposeScope();
                adam.LearningRate = settings.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / steps))
                    * Math.Min(1, (step + 1.0) / WarmUp);
                var molecules = new ChargeBatch(order[(b * batch)..((b + 1) * batch)]);
                Tensor loss = (molecules.MeanSquares(model.Forward(molecules, () => Keep(molecules.Vertices.shape[0], generator)))
                    + LossFloor * LossFloor).sqrt().mean();
                adam.Step(loss, LongestGradient);
                lost += loss.item<float>() / perEpoch;
            }
            double validated = Deviation(model, validation);
            curve.Append(CultureInfo.InvariantCulture, $"{member},{epoch},{lost:f5},{validated:f5}\n");
            progress?.Invoke(new($"network {member + 1}, epoch {epoch}", (double)epoch / settings.Epochs,
                string.Create(CultureInfo.InvariantCulture, $"{lost:f4} e, validation {validated:f4} e")));
            if (validated < best)
            {
                best = validated;
                File.WriteAllText($"{path}.csv", curve.ToString());
                SafeTensors.Write($"{path}.part", model.State.Select(s => KeyValuePair.Create(s.Path, s.Parameter.Value)));
            }
        }
        File.WriteAllText($"{path}.csv", curve.ToString());
        File.Move($"{path}.part", $"{path}.safetensors", true);
    }

    private Tensor Keep(long vertices, Generator generator) =>
        (rand([vertices, settings.Width], generator: generator) >= settings.Dropout).to(ScalarType.Float32) / (1 - settings.Dropout);

    private static double Deviation(ChargeModel model, ChargeExample[] examples)
    {
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var batch = new ChargeBatch(examples);
        return batch.MeanSquares(model.Forward(batch)).sqrt().mean().item<float>();
    }
}
