using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>
/// Something that owns parameters, its own and its parts'. Names are given, not read from fields, so a checkpoint's keys survive a renaming
/// in the source; initial numbers come from a <see cref="RandomSource"/>, never from torch's global generator. Owns its parts and disposes
/// them.
/// </summary>
public abstract class Parametrized : IDisposable
{
    private readonly List<Parameter> _own = [];
    private readonly List<(string Name, Parametrized Part)> _parts = [];
    private bool _disposed;

    protected Parametrized() => TorchRuntime.EnsureLoaded();

    /// <summary>The type it computes in: float32 unless <see cref="To"/> changed it.</summary>
    public ScalarType Type { get; private set; } = ScalarType.Float32;

    /// <summary>Where its numbers lie.</summary>
    public Device Device { get; private set; } = CPU;

    /// <summary>What a checkpoint stores, by path ("0.conditioner.weight1"); a part shared by two owners stands under its first path
    /// only.</summary>
    public IEnumerable<(string Path, Parameter Parameter)> State =>
        All().Where(p => p.Parameter.Role != ParameterRole.Constant).DistinctBy(p => p.Parameter);

    /// <summary>What training moves, in the order of construction.</summary>
    public IEnumerable<Parameter> Weights => State.Select(p => p.Parameter).Where(p => p.Role == ParameterRole.Weight);

    /// <summary>How many numbers are trained.</summary>
    public long WeightCount => Weights.Sum(p => p.Value.numel());

    /// <summary>Draws initial weights; what is drawn depends on the random source and on names alone.</summary>
    public virtual void Initialize(RandomSource random)
    {
        foreach ((string name, Parametrized part) in _parts)
            part.Initialize(random.Split(name));
    }

    /// <summary>Converts to a floating type and a device. Optimisers stay valid: they hold places, not tensors.</summary>
    /// <exception cref="ArgumentException">Neither float32 nor float64.</exception>
    public virtual void To(ScalarType type, Device? device = null)
    {
        if (type is not (ScalarType.Float32 or ScalarType.Float64))
            throw new ArgumentException($"Flows compute in float32 or float64, not {type}.");
        (Type, Device) = (type, device ?? Device);
        foreach (Parameter parameter in _own)
            parameter.To(Type, Device);
        foreach ((_, Parametrized part) in _parts)
            part.To(Type, Device);
    }

    /// <summary>Until disposed, weights are constants: what is computed has no gradient in them. It may be nested.</summary>
    public IDisposable WithoutWeights() => new Frozen([.. Weights.Where(w => w.Value.requires_grad)]);

    private sealed class Frozen : IDisposable
    {
        private readonly Parameter[] _weights;

        public Frozen(Parameter[] weights)
        {
            _weights = weights;
            foreach (Parameter weight in weights)
                weight.Value.requires_grad_(false);
        }

        public void Dispose()
        {
            foreach (Parameter weight in _weights)
                weight.Value.requires_grad_(true);
        }
    }

    /// <summary>Declares a trained tensor, zero at first.</summary>
    protected Parameter Weight(string name, params long[] shape) => Add(new(name, zeros(shape), ParameterRole.Weight));

    /// <summary>Declares a tensor that is stored but not trained.</summary>
    protected Parameter Buffer(string name, Tensor value) => Add(new(name, value, ParameterRole.Buffer));

    /// <summary>Declares a tensor that follows from the constructor's arguments.</summary>
    protected Parameter Constant(string name, Tensor value) => Add(new(name, value, ParameterRole.Constant));

    /// <summary>Declares a part.</summary>
    /// <exception cref="ArgumentException">The name is taken, or the part was converted by itself: the whole is converted, by
    /// <see cref="To"/>.</exception>
    protected T Part<T>(string name, T part) where T : Parametrized
    {
        CheckName(name);
        if (part.Type != Type || !part.Device.Equals(Device))
            throw new ArgumentException($"Part '{name}' is {part.Type} on {part.Device}: build the whole first, then convert it.");
        _parts.Add((name, part));
        return part;
    }

    private Parameter Add(Parameter parameter)
    {
        CheckName(parameter.Name);
        _own.Add(parameter);
        return parameter;
    }

    private void CheckName(string name)
    {
        if (name.Length == 0 || name.Contains('.', StringComparison.Ordinal) || _own.Any(p => p.Name == name)
            || _parts.Any(p => p.Name == name))
            throw new ArgumentException($"'{name}' is no name or is taken.");
    }

    private IEnumerable<(string Path, Parameter Parameter)> All() =>
        _own.Select(p => (p.Name, p)).Concat(_parts.SelectMany(part =>
            part.Part.All().Select(p => ($"{part.Name}.{p.Path}", p.Parameter))));

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_disposed || !disposing)
            return;
        _disposed = true;
        foreach (Parameter parameter in _own)
            parameter.Dispose();
        foreach ((_, Parametrized part) in _parts)
            part.Dispose();
    }
}
